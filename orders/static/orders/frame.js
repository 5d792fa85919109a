// Light or dark, and whether the navigation is shown: kept by this browser, on the page before it is painted.
"use strict";

function isDark() {
  const chosen = localStorage.getItem("theme");
  return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

const SWITCHES = {
  theme: (page) => localStorage.setItem("theme", page.toggle("dark") ? "dark" : "light"),
  wide: (page) => localStorage.setItem("navigation", page.toggle("qt-without-navigation") ? "hidden" : "shown"),
  slim: (page) => page.toggle("qt-with-navigation"),
};

document.documentElement.classList.toggle("dark", isDark());
document.documentElement.classList.toggle("qt-without-navigation", localStorage.getItem("navigation") === "hidden");
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-switch]");
  if (button) SWITCHES[button.dataset.switch](document.documentElement.classList);
});
