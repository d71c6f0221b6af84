// [data-desk]: the check-in page. What it needs is loaded there only. Who signs out takes the list of guests off this
// device; scans that wait to be sent stay.
if (document.querySelector("[data-desk]")) import("./desk/page.js");

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[action$='/sign-out']")) return;
  globalThis.caches?.delete("billet-desk");
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("billet-desk-seen:")) localStorage.removeItem(key);
  } catch { /* nothing was kept */ }
});
