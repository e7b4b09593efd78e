// One side of a talk. docs/protocol.md describes the frames.
//
// What a person sends is kept (outbox, also through a reload) until the server's acknowledgement, sent again after every
// lost connection, and known again by the id that it was given before its first try.
import { showClock } from "./clock.js";
import { connection } from "./connection.js";
import { presenceOf, showDoor } from "./door.js";
import { keys } from "./keys.js";
import { atBottom, markAsked, markStored, onBottom, removePending, showEvent, showMarks, showPending, showSought, toBottom } from "./log.js";
import { keep, put, take, unsent, waiting } from "./outbox.js";
import { $, newId, page, part, words } from "./page.js";
import { showStop } from "./stop.js";
import { focus, giveBack, hasWords, write } from "./write.js";

const line = $("line"), typingSign = $("typing"), form = $("write"), after = $("after");

let last = 0;          // number of the newest event shown
let state = null;
let agreed = JSON.stringify(page.agreed);

// --- the connection ---

function say(text) {
  line.hidden = !text;
  line.textContent = text;
}

const send = (message) => ask(message.command ? { ...message.command, id: message.id } : { type: "say", id: message.id, text: message.text });

function away() {
  $("presence").textContent = words.connecting;
  $("presence").classList.remove("here");
}

const { connect, isLive, frame, ask, greet } = connection(`/ws/sessions/${page.code}?as=${page.person}`, {
  hello: () => ({ type: "hello", last }),
  opened() {
    for (const message of waiting()) if (!message.failed) send(message);
    seenTold = 0;  // whether it arrived is not known: nothing answers it
    tellSeen();
  },
  heard: () => say(""),
  received: (data) => receive(data),
  lost(again) {
    away();
    if (again) say(words.lost);
  },
  over(why) {
    away();
    say(words[why]);
  },
});

function receive(data) {
  if (data.type === "events") {
    for (const event of data.events) {
      if (event.number <= last) continue;
      if (event.number !== last + 1) {
        greet();  // a gap: ask again from where we are
        return;
      }
      if (event.id) drop(event.id);
      showEvent(event);
      last = event.number;
    }
    showMarks(state?.partner ?? { seen: 0 }, Boolean(state?.ended_at));
    showSought();
    tellSeen();
  } else if (data.type === "ack") {
    markStored(data.id);
    take(data.id);
  } else if (data.type === "refused") refuse(data);
  else if (data.type === "state") showState(data);
}

function drop(id) {
  take(id);
  removePending(id);
}

function refuse({ id, message: why }) {
  const message = unsent(id);
  if (message && !message.command) {
    message.failed = why;
    keep();
    showPending(message, backToInput);
    if (state?.ended_at) showState(state);  // nothing is typed any more: the input can go
    return;
  }
  if (message) drop(id);
  if (!message || !state?.ended_at) say(why);
}

function backToInput(message) {
  drop(message.id);
  giveBack(message.text);
}

// Everything that is pressed goes the way of a message: kept until it is acknowledged.
function command(data) {
  const message = { id: newId(), command: data };
  put(message);
  send(message);
  connect();
}

// --- showing ---

function showState(next) {
  const before = state;
  state = next;
  const presence = $("presence");
  presence.hidden = Boolean(next.ended_at);
  presence.textContent = presenceOf(next.partner);
  presence.classList.toggle("here", next.partner.online || next.partner.door === "line");
  typingSign.hidden = !next.partner.typing || Boolean(next.ended_at);
  typingSign.textContent = words.typing;
  showMarks(next.partner, Boolean(next.ended_at));
  showDoor(next.partner, Boolean(next.ended_at));
  if (next.ended_at) {
    for (const place of [form, $("tools"), $("end-box")]) if (place) place.hidden = !keepsWords(place);
    $("time-box")?.replaceWith($("clock"));
    form.querySelector("button").disabled = true;
    if (!form.hidden) say(words.too_late);
    $("empty").hidden = true;
    $("rule").hidden = true;
    if (after) {
      after.hidden = false;
      $("due").hidden = next.feedback;
      showWeight();
    }
    if ($("next")) $("next").hidden = false;
  }
  if (next.result && !before?.result) showResult();
  if (next.started_at && $("before")) $("before").hidden = true;
  if (next.started_at && before && !before.started_at) closeAgreed();  // the talk needs the room
  if (agreedOf(next) !== agreed) showConditions(agreedOf(next));
  showStop(next);
  showClock(next);
}

// The server tells with the conditions whether the role weighs on its player; after the end they are fetched once more.
function showWeight() {
  after?.classList.toggle("heavy", state.stopped_seconds > 0 || "heavy" in $("conditions").dataset);
}

function closeAgreed() {
  const box = document.querySelector("details.agreed");
  if (box && !box.contains(document.activeElement)) box.open = false;
}

// The input stays as long as something unsent stands in it: it can be copied, and nothing that was typed is lost.
const keepsWords = (place) => place === form && hasWords();

async function showResult() {
  const place = $("result");
  if (!place || place.querySelector(".result")) return;
  const result = await part(place.dataset.resultUrl, ".result");
  if (!result) return;
  place.querySelector("[data-waiting]")?.remove();
  place.append(result);
  place.classList.add("new");
  place.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

// What the conditions' part depends on: it is fetched again when this changes, and once the talk has begun or ended.
const agreedOf = ({ conditions, started_at: started, ended_at: ended }) => JSON.stringify([conditions, Boolean(started), Boolean(ended)]);

async function showConditions(version) {
  const place = $("conditions");
  // Whoever is just filling in the form keeps it; the server takes what still may be set.
  if (place.contains(document.activeElement)) return;
  const fresh = await part(place.dataset.conditions, "[data-conditions]");
  if (!fresh) return;
  agreed = version;
  place.replaceWith(fresh);
  showWeight();
}

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

// --- what the person does ---

write({
  send(text) {
    const message = { id: newId(), text };
    put(message);
    showPending(message, backToInput);
    toBottom();
    send(message);
    connect();
  },
  typing: (on) => frame({ type: "typing", on }),
  complain: (text) => {
    if (text || (!line.hidden && isLive())) say(text);
  },
});

// Boxes that open on a tap and ask again before anything is done.
for (const box of document.querySelectorAll("details.ask")) {
  box.querySelector("[data-cancel]")?.addEventListener("click", () => { box.open = false; });
  document.addEventListener("pointerdown", (event) => {
    if (box.open && !box.contains(event.target)) box.open = false;
  });
}
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-command]");
  if (!button) return;
  const { command: type, minutes, number } = button.dataset;
  command({ type, ...(minutes && { minutes: Number(minutes) }), ...(number && { number: Number(number) }) });
  if (number) {
    if (type === "send-again") markAsked(number);
    focus();
  }
  const box = button.closest("details.ask");
  if (box) box.open = false;
});
keys();

onBottom(tellSeen);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") tellSeen();
});
addEventListener("beforeunload", (event) => {
  if (waiting().some((message) => !message.failed)) event.preventDefault();
});
// Where the keyboard covers the page instead of shrinking it (Safari on a phone), the room is as high as what is seen.
visualViewport?.addEventListener("resize", () => {
  const covered = innerHeight - visualViewport.height > 80 && visualViewport.scale === 1;
  document.documentElement.style.setProperty("--room", covered ? `${visualViewport.height}px` : "100dvh");
  if (covered) scrollTo(0, 0);
});

for (const message of waiting()) if (!message.command) showPending(message, backToInput);
connect();
if (!form.hidden && matchMedia("(pointer: fine)").matches) focus();
