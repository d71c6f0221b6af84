// <fieldset data-overlap="“{one}” and “{two}” are at the same time.">: says so below the boxes as soon as two of them are
// ticked whose data-from and data-to overlap. The server refuses the two; this only spares the way there.
for (const group of document.querySelectorAll("[data-overlap]")) {
  const said = document.createElement("p");
  said.className = "field-error";
  said.setAttribute("role", "status");
  group.append(said);
  const show = () => {
    const ticked = [...group.querySelectorAll("input[data-from]:checked")]
      .map((box) => ({ name: box.dataset.name, from: Date.parse(box.dataset.from), to: Date.parse(box.dataset.to || box.dataset.from) }))
      .sort((one, two) => one.from - two.from);
    const clash = ticked.flatMap((one, at) => ticked.slice(at + 1).map((two) => [one, two]))
      .find(([one, two]) => one.from === two.from || two.from < one.to);
    said.textContent = clash ? group.dataset.overlap.replace("{one}", () => clash[0].name).replace("{two}", () => clash[1].name) : "";
  };
  group.addEventListener("change", show);
  addEventListener("pageshow", show);
  show();
}
