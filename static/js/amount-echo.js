// <input data-amount-echo="/…/amount.json" data-amount-with="kind project">: says below the field what would be understood
// of the amount typed, in digits and in words, and warns of what is far from usual; the fields named go along.
for (const field of document.querySelectorAll("[data-amount-echo]")) {
  const said = document.createElement("output");
  said.className = "field-hint amount-said";
  said.htmlFor = field.id;
  field.after(said);
  const beside = (field.dataset.amountWith || "").split(" ").map((name) => field.form.elements[name]).filter(Boolean);
  const line = (text, kind) => {
    const row = document.createElement("span");
    row.className = kind;
    row.textContent = text;
    return row;
  };
  let waiting;
  let asked = 0;
  const ask = async () => {
    const turn = ++asked;
    const values = new URLSearchParams({ text: field.value });
    for (const other of beside) values.set(other.name, other.value);
    const answer = await fetch(`${field.dataset.amountEcho}${field.dataset.amountEcho.includes("?") ? "&" : "?"}${values}`);
    if (!answer.ok || turn !== asked) return;
    const { echo, error, words, warning } = await answer.json();
    said.replaceChildren(...[
      [echo, "amount-digits"], [words, "amount-words"], [warning, "field-comment"], [error, "field-error"],
    ].filter(([text]) => text).map(([text, kind]) => line(text, kind)));
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, 250); };
  field.addEventListener("input", soon);
  for (const other of beside) other.addEventListener("change", soon);
  if (field.value) ask();
}
