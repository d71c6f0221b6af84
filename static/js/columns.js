// <form data-columns>: buttons that move each [data-column] to another place among them; without scripts they stay.
for (const form of document.querySelectorAll("[data-columns]")) {
  const add = (item, sign, words, move) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", `${words}: ${item.textContent.trim()}`);
    button.addEventListener("click", () => { move(item); button.focus(); });
    return button;
  };
  for (const item of form.querySelectorAll("[data-column]")) {
    const earlier = add(item, "←", form.dataset.earlier, (one) => one.previousElementSibling?.before(one));
    const later = add(item, "→", form.dataset.later, (one) => one.nextElementSibling?.after(one));
    const both = document.createElement("span");
    both.append(earlier, later);
    item.append(both);
  }
}
