// A talk as an administrator reads it along: by a socket of its own, which takes nothing but a hello.
import { showClock } from "./clock.js";
import { connection } from "./connection.js";
import { showEvent, showSought } from "./log.js";
import { $, clockTime, page, words } from "./page.js";

const line = $("line"), stopped = $("stopped"), ROLES = ["counselor", "client"];
let last = 0;

function say(text) {
  line.hidden = !text;
  line.firstElementChild.textContent = text;
}

function away() {
  for (const role of ROLES) put(document.querySelector(`[data-presence="${role}"]`), words.connecting, false);
}

function put(place, text, here) {
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("here", here);
}

function showState(state) {
  for (const role of ROLES) {
    const { online } = state[role];
    put(document.querySelector(`[data-presence="${role}"]`), online ? words.online : words.offline, online);
  }
  stopped.hidden = !state.stopped;
  if (state.stopped) {
    const { by, at, helper } = state.stopped;
    const who = words.stopped_by.replace("{who}", page.names[by]).replace("{time}", clockTime(at));
    stopped.firstElementChild.textContent = `${who}${words.gap}${helper ? words.helped.replace("{name}", helper) : words.unhelped}`;
  }
  showClock(state);
}

const { connect, greet } = connection(`/ws/looks/${page.code}?as=${page.person}&pass=${encodeURIComponent(page.pass)}`, {
  hello: () => ({ type: "hello", last }),
  opened() {},
  heard: () => say(""),
  received(data) {
    if (data.type === "state") showState(data);
    if (data.type !== "events") return;
    for (const event of data.events) {
      if (event.number <= last) continue;
      if (event.number !== last + 1) {
        greet();  // a gap: ask again from where we are
        return;
      }
      showEvent(event);
      last = event.number;
    }
    showSought();
  },
  lost(again) {
    away();
    if (again) say(words.lost);
  },
  over(why) {
    away();
    say(words[why]);
    $("again").hidden = false;
  },
});

connect();
