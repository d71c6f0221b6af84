// [data-people-rows]: "more rows" adds empty ones at once, without a way to the server. The last row is the pattern.
for (const form of document.querySelectorAll("[data-people-rows]")) {
  const list = form.querySelector("[data-people-list]");
  const most = Number(form.dataset.peopleMost);
  form.querySelector("[data-people-more]")?.addEventListener("click", (event) => {
    const pattern = list.lastElementChild;
    if (!pattern || !crypto.randomUUID) return; // the server adds them
    event.preventDefault();
    const first = list.children.length;
    for (let number = first; number < Math.min(first + 5, most); number += 1) {
      const row = pattern.cloneNode(true);
      row.classList.remove("field-wrong");
      for (const complaint of row.querySelectorAll(".field-error")) complaint.remove();
      for (const element of row.querySelectorAll("*")) {
        element.classList.remove("field-wrong", "is-invalid");
        for (const name of ["id", "for", "name"]) {
          if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replace(/-\d+-/, `-${number}-`));
        }
        element.removeAttribute("aria-invalid");
        element.removeAttribute("aria-describedby");
        if (element.type === "hidden") element.value = crypto.randomUUID();
        else if (element.tagName === "INPUT") element.value = "";
      }
      row.querySelector("legend").lastChild.textContent = String(number + 1);
      list.append(row);
    }
    list.children[first]?.querySelector("input:not([type=hidden])")?.focus();
  });
}
