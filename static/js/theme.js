// The light switch in the header: [data-theme-switch]. The choice stays in this browser.
const root = document.documentElement;
const buttons = document.querySelectorAll("[data-theme-switch]");

function show() {
  for (const button of buttons) button.setAttribute("aria-pressed", String(root.dataset.themeChoice === "dark"));
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    const theme = root.dataset.themeChoice === "dark" ? "light" : "dark";
    try { localStorage.setItem("billet-theme", theme); } catch { /* it lasts for this page then */ }
    window.billetTheme(theme);
    show();
  });
}
show();
