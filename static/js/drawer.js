// [data-drawer] opens the navigation its #fragment names. Without scripts the same link works through :target.
for (const opener of document.querySelectorAll("[data-drawer]")) {
  const drawer = document.querySelector(opener.hash);
  const closer = drawer.querySelector(".menu-close");
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("role", "button");
  const set = (open) => {
    drawer.classList.toggle("is-open", open);
    opener.setAttribute("aria-expanded", String(open));
    (open ? closer : opener).focus();
  };
  opener.addEventListener("click", (event) => { event.preventDefault(); set(true); });
  closer.addEventListener("click", (event) => { event.preventDefault(); set(false); });
  drawer.addEventListener("keydown", (event) => { if (event.key === "Escape") set(false); });
}
