// Runs before the first paint, so that a reader who chose a light does not see the other one flash by.
(function () {
  "use strict";
  var choice = null;
  try { choice = localStorage.getItem("billet-theme"); } catch { /* private windows may refuse: the system decides */ }
  window.billetTheme = function (theme) {
    var root = document.documentElement;
    var sheet = document.querySelector("[data-dark-sheet]");
    var dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    if (sheet && theme) sheet.media = dark ? "screen" : "not all";
    root.dataset.bsTheme = root.dataset.themeChoice = dark ? "dark" : "light";
  };
  document.documentElement.classList.add("scripted");
  window.billetTheme(choice === "dark" || choice === "light" ? choice : null);
})();
