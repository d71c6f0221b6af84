// <ol data-reorder="id of a form">: rows are dragged by their [data-reorder-handle], with a mouse or a finger; the form's
// field "order" gets the ids and is sent. The buttons beside each row do the same without scripts and by keyboard.
for (const list of document.querySelectorAll("[data-reorder]")) {
  const form = document.getElementById(list.dataset.reorder);
  const ids = () => [...list.children].map((row) => row.dataset.id).join(" ");
  for (const handle of list.querySelectorAll("[data-reorder-handle]")) {
    handle.hidden = false;
    const row = handle.closest("li");
    handle.addEventListener("pointerdown", (event) => {
      const before = ids();
      const drag = (moved) => {
        const over = [...list.children].find((each) => {
          const box = each.getBoundingClientRect();
          return each !== row && moved.clientY > box.top && moved.clientY < box.bottom;
        });
        if (!over) return;
        const box = over.getBoundingClientRect();
        over[moved.clientY < box.top + box.height / 2 ? "before" : "after"](row);
      };
      const drop = () => {
        listening.abort();
        row.classList.remove("is-dragged");
        if (ids() === before) return;
        form.elements.order.value = ids();
        form.requestSubmit();
      };
      event.preventDefault();
      row.classList.add("is-dragged");
      // On the document: a handle that moves within it loses the pointer it had captured.
      const listening = new AbortController();
      document.addEventListener("pointermove", drag, { signal: listening.signal });
      document.addEventListener("pointerup", drop, { signal: listening.signal });
      document.addEventListener("pointercancel", drop, { signal: listening.signal });
    });
  }
}
// Whoever moved a row by its button goes on from that row: it is the address's #fragment after the page came back.
const KEY = "billet-moved";
let by = null;
try {
  by = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
} catch { /* private windows may refuse: the focus stays where the browser puts it */ }
const moved = by && location.hash.startsWith("#question-") ? document.getElementById(location.hash.slice(1)) : null;
if (moved) {
  const buttons = [...moved.querySelectorAll("[data-move]")].filter((button) => !button.disabled);
  // Going to a #fragment takes the focus away, so this waits until the browser has gone there.
  addEventListener("load", () => setTimeout(() => (buttons.find((button) => button.dataset.move === by) ?? buttons[0])?.focus(), 50));
}
for (const button of document.querySelectorAll("[data-move]")) {
  button.addEventListener("click", () => {
    try { sessionStorage.setItem(KEY, button.dataset.move); } catch { /* as above */ }
  });
}
