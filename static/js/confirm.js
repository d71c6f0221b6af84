// <details data-confirm>: its panel asks in place without scripts, and in a dialog with them.
for (const details of document.querySelectorAll("details[data-confirm]")) {
  const opener = details.querySelector("summary");
  const panel = details.querySelector(".confirm-panel");
  const dialog = document.createElement("dialog");
  const question = panel.querySelector("p");
  const close = document.createElement("button");
  question.id ||= `ask-${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;
  dialog.setAttribute("aria-labelledby", question.id);
  close.type = "button";
  close.className = "btn btn-secondary";
  close.textContent = root("keepLabel", "Back");
  close.addEventListener("click", () => dialog.close());
  panel.querySelector(".form-actions").append(close);
  dialog.append(panel);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => opener.focus());
  document.body.append(dialog);
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
    close.focus();
  });
}

function root(name, fallback) {
  return document.documentElement.dataset[name] ?? fallback;
}
