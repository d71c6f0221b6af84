// <input data-amount-echo="/…/amount.json">: says below the field what would be understood of the amount typed.
for (const field of document.querySelectorAll("[data-amount-echo]")) {
  const said = document.createElement("output");
  said.className = "field-hint";
  said.htmlFor = field.id;
  field.after(said);
  let waiting;
  const ask = async () => {
    const answer = await fetch(`${field.dataset.amountEcho}?${new URLSearchParams({ text: field.value })}`);
    if (!answer.ok) return;
    const { echo, error } = await answer.json();
    said.textContent = echo || error;
    said.classList.toggle("field-error", Boolean(error));
  };
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 250); });
  if (field.value) ask();
}
