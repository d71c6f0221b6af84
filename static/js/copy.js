// [data-copy="text"] or [data-copy-from="#id"]: puts a text on the clipboard and says so on the button.
for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const source = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
    await navigator.clipboard.writeText(source ? (source.value ?? source.textContent) : button.dataset.copy);
    const before = button.textContent;
    button.textContent = button.dataset.copied ?? "✓";
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}
