// input[data-most="bytes"][data-too-large="…"]: says at once that a file is too large, instead of sending all of it in vain.
for (const input of document.querySelectorAll("input[type=file][data-most]")) {
  const said = document.createElement("p");
  said.className = "field-error";
  said.setAttribute("role", "alert");
  input.after(said);
  input.addEventListener("change", () => {
    const large = Array.from(input.files).some((file) => file.size > Number(input.dataset.most));
    said.textContent = large ? input.dataset.tooLarge : "";
    if (large) input.value = "";
  });
}
