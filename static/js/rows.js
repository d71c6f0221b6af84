// <tbody data-rows data-add="Add a choice">: a button below the table adds a copy of its last row, empty.
for (const body of document.querySelectorAll("[data-rows]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-secondary btn-sm mt-2";
  button.textContent = body.dataset.add;
  button.addEventListener("click", () => {
    const last = body.lastElementChild;
    const row = last.cloneNode(true);
    const number = String(body.children.length + 1);
    for (const field of row.querySelectorAll("input")) {
      if (field.type === "checkbox") field.remove();
      else field.value = field.name.endsWith("_order") ? number : "";
      const said = field.getAttribute("aria-label");
      if (said) field.setAttribute("aria-label", said.replace(/\d+/, number));
    }
    body.append(row);
    row.querySelector("input:not([type=hidden], [name$=_order])").focus();
  });
  body.closest(".table-wrap").after(button);
}
