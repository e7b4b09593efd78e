// Light or dark: the system's wish unless the reader has chosen; set before the first paint. A page that is opened from
// a file may be refused its storage: then the choice lasts as long as the page.
"use strict";
const KEY = "kokorochat-theme";
const root = document.documentElement;
const stored = (work) => { try { return work(localStorage); } catch { return null; } };
const chosen = stored((storage) => storage.getItem(KEY));
if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("[data-theme-switch]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    stored((storage) => storage.setItem(KEY, root.dataset.theme));
  });
});
