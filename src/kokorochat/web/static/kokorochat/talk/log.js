// The talk on the screen: what is stored, in the order of its numbers, and below it what is still on its way.
import { choiceOf, isDue, markOf } from "./door.js";
import { $, calendarDay, clockTime, element, page, shown, words } from "./page.js";

const log = $("log"), newer = $("newer");
let lastDay = "";
let unread = 0;
let stuck = true;  // the newest message is in view, and stays so when the keyboard or a card takes room
let whenAtBottom = () => {};

export const atBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
export const onBottom = (callback) => { whenAtBottom = callback; };

export function toBottom() {
  log.scrollTop = log.scrollHeight;
  unread = 0;
  newer.hidden = true;
  whenAtBottom();
}

function bubble(role, text, at, outOfRole) {
  const own = role === page.role;
  const row = element("div", `message ${own ? "own" : "other"}${outOfRole ? " aside" : ""}`);
  const body = element("p", "bubble", shown(text));
  // Who looks on from outside is shown the names; the two know who is who by the sides.
  const who = page.names?.[role] ?? (own ? words.me : words.partner);
  const speaker = element("span", page.names ? "speaker" : "unseen", outOfRole ? words.out_of_role.replace("{who}", who) : who);
  const note = element("span", "note");
  const time = element("time", "", at ? clockTime(at) : "");
  if (at) time.dateTime = at;
  note.append(element("span", "mark"), time);
  row.append(speaker, body, note);
  return row;
}

// What is no message stands as a line in the middle.
function lineOf(event) {
  const seen = event.role === page.role ? words.i : event.role === "supervisor" ? words.administrator : words.partner_does;
  const who = page.doers?.[event.role] ?? seen;
  const text = words.events[event.kind]?.replace("{who}", who).replace("{n}", event.minutes);
  return text && `${text} ${clockTime(event.at)}`;
}

export function showEvent(event) {
  const stick = atBottom();
  const day = calendarDay(event.at);
  const pending = log.querySelector(".pending");
  const add = (node) => log.insertBefore(node, pending);
  if (day !== lastDay) {
    add(element("p", "day", day));
    lastDay = day;
  }
  if (event.kind === "utterance") {
    const row = bubble(event.role, event.withdrawn ? words.withdrawn : event.text, event.at, event.out_of_role || event.withdrawn);
    row.dataset.number = event.number;
    add(row);
    if (event.role !== page.role && !stick) unread += 1;
  } else if (event.kind === "withdrawn") {
    const row = log.querySelector(`[data-number="${event.about}"]`);
    row?.classList.add("aside");
    row?.querySelector(".bubble").replaceChildren(words.withdrawn);
  } else {
    const text = event.kind === "end" ? words.ended : lineOf(event);
    if (text) add(element("p", `day ${event.kind}`, text));
  }
  $("empty").hidden = true;
  if (stick) toBottom();
  else if (unread) {
    newer.textContent = `↓ ${words.newer.replace("{n}", unread)}`;
    newer.hidden = false;
  }
}

export function showMarks(partner, ended) {
  for (const row of log.querySelectorAll(".own[data-number]")) {
    const number = Number(row.dataset.number), mark = row.querySelector(".mark");
    let text = markOf(number, partner);
    if (text !== words.uncertain) delete row.dataset.asked;
    else if (row.dataset.asked) text = words.sending_again;
    row.classList.toggle("due", isDue(text));
    if (mark.textContent !== text) mark.textContent = text;  // a screen reader would say it again otherwise
    showChoice(row, ended ? null : choiceOf(number, partner, row.dataset.asked));
  }
  if (stuck) toBottom();  // a mark takes room of its own, and in a long talk many come at once
}

// Put in once and left alone as long as it is due: somebody may just be on one of its buttons.
function showChoice(row, choice) {
  const there = row.querySelector(".choice");
  if (Boolean(there) === Boolean(choice)) return;
  there?.remove();
  if (choice) row.append(choice);
  if (stuck) toBottom();
}

// It was decided to send it again: until LINE has taken it, that is what its mark says.
export function markAsked(number) {
  const row = log.querySelector(`[data-number="${number}"]`);
  row.dataset.asked = "yes";
  row.querySelector(".mark").textContent = words.sending_again;
  row.querySelector(".choice")?.remove();
}

const pendingRow = (id) => log.querySelector(`[data-id="${CSS.escape(id)}"]`);

export function showPending(message, toInput) {
  let row = pendingRow(message.id);
  if (!row) {
    row = bubble(page.role, message.text, null, false);
    row.classList.add("pending");
    row.dataset.id = message.id;
    log.append(row);
  }
  row.classList.toggle("failed", Boolean(message.failed));
  row.querySelector(".mark").textContent = message.failed ? words.failed : words.sending;
  row.querySelector(".help")?.remove();
  if (message.failed) {
    const help = element("p", "help", `${message.failed} `);
    const edit = element("button", "quiet", words.edit);
    edit.type = "button";
    edit.addEventListener("click", () => toInput(message));
    help.append(edit);
    row.append(help);
  }
  if (stuck) toBottom();
}

export function markStored(id) {
  const mark = pendingRow(id)?.querySelector(".mark");
  if (mark) mark.textContent = words.stored;
}

export const removePending = (id) => pendingRow(id)?.remove();

// A search, or an estimate's reason, leads to one message by the address: once, when it has come.
let sought = location.hash;

export function showSought() {
  const number = /^#n(\d+)$/.exec(sought)?.[1];
  const row = number && log.querySelector(`[data-number="${number}"]`);
  if (!row) return;
  sought = "";
  stuck = false;
  log.querySelector(".sought")?.classList.remove("sought");
  row.classList.add("sought");
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  // The talk alone is scrolled: an id would let the browser shift the whole desk.
  document.querySelector("main").scrollTop = 0;
  log.scrollTop += row.getBoundingClientRect().top - log.getBoundingClientRect().top - (log.clientHeight - row.offsetHeight) / 2;
}
addEventListener("hashchange", () => {
  sought = location.hash;
  showSought();
});

newer.addEventListener("click", toBottom);
let room = log.clientHeight;
log.addEventListener("scroll", () => {
  // A talk whose room has changed is scrolled by the browser, which tells of that before it tells of the room.
  if (log.clientHeight !== room) return;
  stuck = atBottom();
  if (stuck) toBottom();
});
new ResizeObserver(() => {
  room = log.clientHeight;
  if (stuck) toBottom();
}).observe(log);
