// <input data-credit-code="/…/organisation.json" data-use="words">: says whose code was typed, where that is known, and
// offers the name for an empty field "organisation" of the same form.
for (const field of document.querySelectorAll("[data-credit-code]")) {
  const said = document.createElement("output");
  said.className = "field-hint d-block mt-1";
  said.htmlFor = field.id;
  field.after(said);
  const ask = async () => {
    said.replaceChildren();
    if (field.value.trim().length < 18) return;
    const answer = await fetch(`${field.dataset.creditCode}?${new URLSearchParams({ code: field.value })}`).catch(() => null);
    if (!answer?.ok) return;
    const { name, error } = await answer.json();
    said.textContent = error || name;
    said.classList.toggle("field-error", Boolean(error));
    const unit = field.form?.elements.organisation;
    if (!name || !unit || unit.value.trim()) return;
    const use = document.createElement("button");
    use.type = "button";
    use.className = "btn btn-link btn-sm";
    use.textContent = field.dataset.use;
    use.addEventListener("click", () => { unit.value = name; use.remove(); });
    said.append(" ", use);
  };
  field.addEventListener("change", ask);
  if (field.value) ask();
}
