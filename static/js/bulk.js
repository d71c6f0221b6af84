// <form data-bulk>: [data-bulk-all] ticks every row, [data-bulk-count] says how many are ticked.
for (const form of document.querySelectorAll("[data-bulk]")) {
  const all = form.querySelector("[data-bulk-all]");
  const boxes = () => [...form.querySelectorAll("tbody input[type=checkbox]")];
  const show = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    for (const count of form.querySelectorAll("[data-bulk-count]")) count.textContent = String(ticked);
    if (all) {
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && ticked < boxes().length;
    }
  };
  all?.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; });
  form.addEventListener("change", show);
  show();
}
