// The feedback form, one card at a time. Without this script it is one long page that works as well.
import { keepDraft } from "./feedback_draft.js";

const form = document.querySelector("[data-feedback]");
const cards = [...form.querySelectorAll("[data-card]")];
const review = form.querySelector("[data-review]");
const [back, next, send] = ["back", "next", "send"].map((name) => form.querySelector(`[data-${name}]`));
const fault = form.querySelector("[data-fault]");
const progress = form.querySelector("[data-progress]");
const goesOn = form.querySelector("[data-goes-on]");
let current = 0;

function missing(card) {
  const lines = [...card.querySelectorAll("fieldset.item")].filter((item) => !item.querySelector("input:checked"));
  const empty = [...card.querySelectorAll(".field input, .field select")].filter((field) => !field.value.trim());
  return [...lines, ...empty.map((field) => field.closest(".field"))];
}

function mark(item, wrong) {
  item.classList.toggle("wrong", wrong);
  item.querySelector(".fault")?.remove();
  if (!wrong) return;
  const note = document.createElement("p");
  note.className = "fault";
  note.textContent = item.querySelector("input[type=text]") ? form.dataset.write : form.dataset.choose;
  item.append(note);
}

function answers() {
  const list = document.createElement("dl");
  const row = (name, value, className = "") => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    dd.className = className;
    list.append(dt, dd);
  };
  for (const item of form.querySelectorAll("fieldset.item")) {
    row(item.querySelector("legend").textContent, item.querySelector("input:checked")?.value ?? "–");
  }
  for (const field of form.querySelectorAll(".field")) {
    const control = field.querySelector("input, select");
    row(field.querySelector("label").textContent, control.selectedOptions?.[0].textContent ?? control.value);
  }
  for (const check of form.querySelectorAll(".check")) {
    if (check.querySelector("input").checked) row(check.querySelector("strong").textContent, check.querySelector("small").textContent, "long");
  }
  form.querySelector("[data-answers]").replaceChildren(list, ...consequence());
}

// What a mark does to the total, before it can't be taken back any more.
function consequence() {
  const effects = [...form.querySelectorAll(".check")].filter((check) => check.querySelector("input").checked).map((check) => check.dataset.effect);
  if (!effects.length) return [];
  const sum = [...form.querySelectorAll("fieldset.item input:checked")].reduce((all, input) => all + Number(input.value), 0);
  const note = document.createElement("p");
  note.className = "notice";
  const total = effects.includes("zero") ? 0 : Math.floor(sum / 2);
  note.textContent = form.dataset.consequence.replace("{sum}", sum).replace("{total}", total);
  return [note];
}

function show(index, focus = true) {
  current = index;
  cards.forEach((card, place) => { card.hidden = place !== index; });
  const atReview = cards[index] === review;
  if (atReview) answers();
  back.hidden = index === 0;
  next.hidden = atReview;
  send.hidden = !atReview;
  fault.hidden = true;
  progress.hidden = false;
  if (goesOn && index !== opened) goesOn.hidden = true;
  progress.querySelector("progress").value = (index + 1) / cards.length;
  progress.querySelector("span").textContent = form.dataset.of.replace("{n}", index + 1).replace("{all}", cards.length);
  if (focus) {
    const head = cards[index].querySelector("h2");
    head.tabIndex = -1;
    head.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }
}

next.addEventListener("click", () => {
  const lacking = missing(cards[current]);
  for (const item of cards[current].querySelectorAll(".item, .field")) mark(item, lacking.includes(item));
  if (lacking.length) {
    fault.textContent = form.dataset.missing;
    fault.hidden = false;
    lacking[0].scrollIntoView({ block: "center" });
    lacking[0].querySelector("input, select").focus({ preventScroll: true });
    return;
  }
  show(current + 1);
});
back.addEventListener("click", () => show(current - 1));
form.addEventListener("input", (event) => {
  const item = event.target.closest(".item, .field");
  if (item) mark(item, false);
  if (!cards[current].querySelector(".wrong")) fault.hidden = true;
});
form.addEventListener("keydown", (event) => {
  // Enter in the middle of the form goes on; only the last page sends.
  if (event.key === "Enter" && event.target.matches("input") && !event.isComposing && cards[current] !== review) {
    event.preventDefault();
    next.click();
  }
});
form.addEventListener("submit", () => { send.disabled = true; });
addEventListener("pageshow", () => { send.disabled = false; });

keepDraft(form, { onAnswers: () => cards[current] === review && answers() });
const wrong = cards.findIndex((card) => card.querySelector(".wrong"));
// Whoever comes back goes on at the first card that lacks something.
const open = cards.findIndex((card) => card === review || missing(card).length);
const opened = wrong >= 0 ? wrong : open;
show(opened, false);
