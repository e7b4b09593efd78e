// One box that chooses all rows of a list.
const box = document.querySelector("[data-choose-all]");
if (box) {
  const all = box.querySelector("input"), rows = [...document.querySelectorAll('input[name="session"]')];
  box.hidden = false;
  all.addEventListener("change", () => { for (const row of rows) row.checked = all.checked; });
  for (const row of rows) row.addEventListener("change", () => { all.checked = rows.every((one) => one.checked); });
}
