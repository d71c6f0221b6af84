// [data-desk]: the check-in page. What it needs is loaded there only.
if (document.querySelector("[data-desk]")) import("./desk/page.js");
