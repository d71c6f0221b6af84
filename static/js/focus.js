// [data-take-focus]: the error summary of a form that came back is read first.
document.querySelector("[data-take-focus]")?.focus();
