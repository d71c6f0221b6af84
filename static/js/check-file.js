// [data-check-file]: computes the SHA-256 of a chosen or dropped file and asks [data-check-form] with it; the file stays here.
const MOST = 100 * 1024 * 1024;
const zone = document.querySelector("[data-check-file]");
const form = document.querySelector("[data-check-form]");
if (zone && form) {
  const said = zone.querySelector("[data-check-said]");
  const input = zone.querySelector("input[type=file]");
  const drop = zone.querySelector("label");

  const check = async (file) => {
    if (!file) return;
    if (file.size > MOST) { said.textContent = zone.dataset.large; return; }
    said.textContent = zone.dataset.working;
    try {
      const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
      form.elements.sha256.value = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      form.requestSubmit();
    } catch {
      said.textContent = zone.dataset.unread;
    }
  };

  zone.hidden = false;
  if (globalThis.crypto?.subtle) {
    input.value = "";
    input.addEventListener("change", () => check(input.files[0]));
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("is-over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("is-over");
      check(event.dataTransfer.files[0]);
    });
  } else {
    // Over plain http, except on this machine, browsers have no crypto.subtle.
    input.disabled = true;
    said.textContent = zone.dataset.missing;
  }
}
