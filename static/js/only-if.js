// [data-only-if="q3=7;category=1,2"]: a field that is asked only when q3 is 7 and the category is 1 or 2. What is hidden
// here is ignored by the server, too; without scripts all is shown, with the condition in words.
for (const form of new Set([...document.querySelectorAll("[data-only-if]")].map((part) => part.closest("form, [data-conditions]")))) {
  const parts = [...form.querySelectorAll("[data-only-if]")].map((part) => ({
    part,
    conditions: part.dataset.onlyIf.split(";").map((each) => each.split("=")).map(([name, values]) => [name, values.split(",")]),
  }));
  const given = (name) =>
    [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
      .filter((field) => !field.closest("[data-only-if][hidden]"))
      .filter((field) => field.checked || !["radio", "checkbox"].includes(field.type))
      .map((field) => field.value);
  const show = () => {
    // A field may depend on one that depends on another: as many rounds as there are fields settle every chain.
    for (let round = 0, changed = true; changed && round <= parts.length; round += 1) {
      changed = false;
      for (const { part, conditions } of parts) {
        const hidden = !conditions.every(([name, values]) => given(name).some((value) => values.includes(value)));
        if (part.hidden !== hidden) changed = true;
        part.hidden = hidden;
      }
    }
  };
  form.addEventListener("change", show);
  addEventListener("pageshow", show);
  show();
}
