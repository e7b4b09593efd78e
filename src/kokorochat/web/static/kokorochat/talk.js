// One side of a talk. docs/protocol.md describes the frames.
//
// A message is kept (outbox, also through a reload) until the server's acknowledgement, sent again after every lost
// connection, and known again by the id that it was given before its first try.

const page = JSON.parse(document.getElementById("talk").textContent);
const words = page.words;
const $ = (name) => document.querySelector(`[data-${name}]`);
const log = $("log"), line = $("line"), newer = $("newer"), typingSign = $("typing");
const form = $("write"), input = document.getElementById("text");

const LANGUAGE = document.documentElement.lang;
const clockTime = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: page.zone });
const calendarDay = new Intl.DateTimeFormat(LANGUAGE, { year: "numeric", month: LANGUAGE === "ja" ? "long" : "short", day: "numeric", weekday: "short", timeZone: page.zone });
const SOFT_SIGNS = [50, 60];

// --- what is kept through a reload: in this tab only, never on the disk of a shared computer ---

// The keys name the person too: another who signs in in this tab must not find, still less send, somebody else's words.
const DRAFT = `draft:${page.person}:${page.code}`, OUTBOX = `outbox:${page.person}:${page.code}`;
let outbox = JSON.parse(sessionStorage.getItem(OUTBOX) || "[]");
const keepOutbox = () => sessionStorage.setItem(OUTBOX, JSON.stringify(outbox));

let last = 0;          // number of the newest event shown
let lastDay = "";
let partnerSeen = 0;
let state = null;
let unread = 0;

// --- showing ---

// Characters that are stored but must not act on the page: controls, and marks that reverse the direction of text.
const shown = (text) => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

let stuck = true;  // the newest message is in view, and stays so when the keyboard or a card takes room
const atBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;

function toBottom() {
  log.scrollTop = log.scrollHeight;
  unread = 0;
  newer.hidden = true;
  tellSeen();
}

function bubble(role, text, at, outOfRole) {
  const own = role === page.role;
  const row = element("div", `message ${own ? "own" : "other"}${outOfRole ? " aside" : ""}`);
  const body = element("p", "bubble", shown(text));
  const speaker = element("span", "unseen", `${own ? words.me : words.partner}${outOfRole ? `, ${words.out_of_role}` : ""}`);
  const note = element("span", "note");
  const time = element("time", "", at ? clockTime.format(new Date(at)) : "");
  if (at) time.dateTime = at;
  note.append(element("span", "mark"), time);
  row.append(speaker, body, note);
  return row;
}

function showEvent(event) {
  const stick = atBottom();
  const day = calendarDay.format(new Date(event.at)).replace("(", "（").replace(")", "）");
  const pending = log.querySelector(".pending");
  const add = (node) => log.insertBefore(node, pending);
  if (day !== lastDay) {
    add(element("p", "day", day));
    lastDay = day;
  }
  if (event.kind === "end") {
    add(element("p", "day", words.ended));
  } else {
    if (event.id) drop(event.id);
    const row = bubble(event.role, event.text, event.at, event.out_of_role);
    row.dataset.number = event.number;
    log.insertBefore(row, log.querySelector(".pending"));
    if (event.role !== page.role && !stick) unread += 1;
  }
  last = event.number;
  $("empty").hidden = true;
  if (stick) toBottom();
  else if (unread) {
    newer.textContent = `↓ ${words.newer.replace("{n}", unread)}`;
    newer.hidden = false;
  }
}

function showMarks() {
  for (const row of log.querySelectorAll(".own[data-number]")) {
    row.querySelector(".mark").textContent = Number(row.dataset.number) <= partnerSeen ? words.seen : words.stored;
  }
}

function showPending(message) {
  let row = log.querySelector(`[data-id="${message.id}"]`);
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
    edit.addEventListener("click", () => {
      input.value = input.value ? `${message.text}\n${input.value}` : message.text;
      sessionStorage.setItem(DRAFT, input.value);
      form.hidden = false;
      drop(message.id);
      grow();
      input.focus();
    });
    help.append(edit);
    row.append(help);
  }
  if (stuck) toBottom();
}

function drop(id) {
  outbox = outbox.filter((message) => message.id !== id);
  log.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
  keepOutbox();
}

// --- the connection ---

let socket = null;
let tries = 0;
let givenUp = false;
let retryTimer = 0;

const frame = (data) => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(data));
};

function say(text) {
  line.hidden = !text;
  line.textContent = text;
}

function connect() {
  clearTimeout(retryTimer);
  if (givenUp || socket?.readyState === WebSocket.CONNECTING || socket?.readyState === WebSocket.OPEN) return;
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/sessions/${page.code}?as=${page.person}`);
  const mine = socket;
  mine.addEventListener("open", () => {
    tries = 0;
    say("");
    frame({ type: "hello", last });
    for (const message of outbox) if (!message.failed) frame(message.end ? { type: "end", id: message.id } : { type: "say", id: message.id, text: message.text });
  });
  mine.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
  mine.addEventListener("close", ({ code }) => {
    if (mine !== socket) return;
    $("presence").textContent = words.connecting;
    $("presence").classList.remove("here");
    if (code === 4401 || code === 4404) {
      givenUp = true;
      say(code === 4401 ? words.signed_out : words.not_yours);
      return;
    }
    if (tries > 0) say(words.lost);
    const wait = Math.min(5000, 200 * 2 ** tries) * (0.5 + Math.random());
    tries += 1;
    retryTimer = setTimeout(connect, wait);
  });
}

function receive(data) {
  if (data.type === "events") {
    for (const event of data.events) {
      if (event.number <= last) continue;
      if (event.number !== last + 1) {
        frame({ type: "hello", last });  // a gap: ask again from where we are
        return;
      }
      showEvent(event);
    }
    showMarks();
    tellSeen();
  } else if (data.type === "ack") {
    const mark = log.querySelector(`[data-id="${CSS.escape(data.id)}"] .mark`);
    if (mark) mark.textContent = words.stored;
    outbox = outbox.filter((message) => message.id !== data.id);
    keepOutbox();
  } else if (data.type === "refused") {
    const message = outbox.find((waiting) => waiting.id === data.id);
    if (message?.end) drop(message.id);
    else if (message) {
      message.failed = data.message;
      keepOutbox();
      showPending(message);
      if (state?.ended_at) showState(state);  // nothing is typed any more: the input can go
    } else say(data.message);
  } else if (data.type === "state") {
    showState(data);
  }
}

function showState(next) {
  const before = state;
  state = next;
  const presence = $("presence");
  presence.textContent = page.practice ? words.program : next.partner.online ? words.online : words.offline;
  presence.classList.toggle("here", next.partner.online);
  typingSign.hidden = !next.partner.typing || Boolean(next.ended_at);
  typingSign.textContent = words.typing;
  if (next.partner.seen !== partnerSeen) {
    partnerSeen = next.partner.seen;
    showMarks();
  }
  if (next.ended_at) {
    for (const part of [form, $("habit"), $("end-box")]) if (part) part.hidden = !keepsWords(part);
    form.querySelector("button").disabled = true;
    if (!form.hidden) say(words.too_late);
    $("empty").hidden = true;
    const after = $("after");
    if (after) after.hidden = next.feedback;
  }
  if (next.feedback && !before?.feedback) showResult();
  showClock();
}

// The input stays as long as something unsent stands in it: it can be copied, and nothing that was typed is lost.
const keepsWords = (part) => part === form && Boolean(input.value.trim());

async function showResult() {
  const place = $("result");
  if (!place || place.querySelector(".result")) return;
  const answer = await fetch(place.dataset.resultUrl, { headers: { "X-Part": "result" } });
  if (!answer.ok) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".result");
  place.querySelector("[data-waiting]")?.remove();
  place.append(part);
  place.classList.add("new");
  place.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

function showClock() {
  const clock = $("clock");
  if (!state) return;
  if (!state.started_at) {
    clock.textContent = words.before.replace("{time}", clockTime.format(new Date(page.planned_start)));
    return;
  }
  const until = state.ended_at ? new Date(state.ended_at) : new Date();
  const minutes = Math.max(0, Math.floor((until - new Date(state.started_at)) / 60000));
  clock.textContent = state.ended_at
    ? words.ended_after.replace("{n}", minutes)
    : words.minutes.replace("{n}", minutes).replace("{planned}", page.planned_minutes);
  clock.dataset.sign = state.ended_at ? "" : String(SOFT_SIGNS.filter((sign) => minutes >= sign).length);
}
setInterval(showClock, 5000);

let seenTold = 0, seenTimer = 0;

function tellSeen() {
  if (seenTimer || document.visibilityState !== "visible" || !atBottom() || last <= seenTold) return;
  seenTimer = setTimeout(() => {
    seenTimer = 0;
    if (document.visibilityState !== "visible" || last <= seenTold) return;
    seenTold = last;
    frame({ type: "seen", number: last });
  }, 400);
}

// --- writing ---

function grow() {
  input.style.height = "auto";
  const lines = innerHeight < 560 ? 3 : 5;
  input.style.height = `${Math.min(input.scrollHeight, lines * 28 + 18)}px`;
}

function send() {
  const text = input.value.trim();
  if (!text) return;
  const over = [...text].length - page.longest;
  if (over > 0) {
    say(words.too_long.replace("{n}", over));
    return;
  }
  const message = { id: newId(), text };
  outbox.push(message);
  keepOutbox();
  input.value = "";
  typingUntil = 0;
  sessionStorage.removeItem(DRAFT);
  grow();
  showPending(message);
  toBottom();
  frame({ type: "say", id: message.id, text });
  connect();
  input.focus();
}

// A UUID of version 4; crypto.randomUUID is missing on plain http other than localhost.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const sendKey = $("send-key");
if (sendKey) {
  sendKey.value = localStorage.getItem("kokorochat-send-key") || "enter";
  sendKey.addEventListener("change", () => localStorage.setItem("kokorochat-send-key", sendKey.value));
}

input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey) return;
  // Enter also closes an input method's composition; Safari reports that only by key code 229.
  if (event.isComposing || event.keyCode === 229) return;
  if (sendKey?.value === "ctrl" && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  send();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
const endBox = $("end-box");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (endBox?.open) {
    endBox.open = false;
    endBox.querySelector("summary").focus();
  } else input.focus();
});
document.addEventListener("pointerdown", (event) => {
  if (endBox?.open && !endBox.contains(event.target)) endBox.open = false;
});
$("end-cancel")?.addEventListener("click", () => { endBox.open = false; });

let typingUntil = 0;
input.addEventListener("input", () => {
  grow();
  sessionStorage.setItem(DRAFT, input.value);
  if (!line.hidden && socket?.readyState === WebSocket.OPEN) say("");
  const now = Date.now();
  if (input.value && now > typingUntil) {
    typingUntil = now + 3000;
    frame({ type: "typing", on: true });
  } else if (!input.value && typingUntil) {
    typingUntil = 0;
    frame({ type: "typing", on: false });
  }
});

$("end")?.addEventListener("click", () => {
  const message = { id: newId(), text: "", end: true };
  outbox.push(message);
  keepOutbox();
  frame({ type: "end", id: message.id });
  $("end-box").open = false;
});

newer.addEventListener("click", toBottom);
log.addEventListener("scroll", () => {
  stuck = atBottom();
  if (stuck) toBottom();
});
new ResizeObserver(() => {
  if (stuck) toBottom();
}).observe(log);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  if (socket?.readyState === WebSocket.OPEN) frame({ type: "hello", last });  // a phone may have slept through frames
  else connect();
  tellSeen();
});
addEventListener("online", connect);
addEventListener("beforeunload", (event) => {
  if (outbox.some((message) => !message.failed)) event.preventDefault();
});

input.value = sessionStorage.getItem(DRAFT) || "";
grow();
for (const message of outbox) if (!message.end) showPending(message);
connect();
if (!form.hidden && matchMedia("(pointer: fine)").matches) input.focus();
