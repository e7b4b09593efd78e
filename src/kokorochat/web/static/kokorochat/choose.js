// One box that chooses all rows of a list, and a panel that says how many it would mark.
const box = document.querySelector("[data-choose-all]"), panel = document.querySelector("[data-marking]");
const rows = [...document.querySelectorAll('input[name="session"]')];

function tell() {
  const chosen = rows.filter((row) => row.checked).length;
  box.querySelector("input").checked = chosen === rows.length;
  panel.hidden = !chosen;
  const words = document.querySelector(chosen === 1 ? "[data-one]" : "[data-many]").innerHTML;
  panel.querySelector("[data-counted]").textContent = words.replace("{n}", chosen);
}

if (panel) {
  box.hidden = !rows.length;
  box.querySelector("input").addEventListener("change", (event) => {
    for (const row of rows) row.checked = event.target.checked;
    tell();
  });
  for (const row of rows) row.addEventListener("change", tell);
  addEventListener("pageshow", tell);  // what was chosen comes back with the page
  tell();
}
