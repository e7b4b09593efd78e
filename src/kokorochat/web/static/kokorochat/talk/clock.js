// The soft clock. It counts from the server's time, so a wrong clock of this device or its sleep changes nothing, and it
// only tells: nothing ends by itself.
import { $, momentOf, page, words } from "./page.js";

const SIGNS = [60, 50];
const SOON = 5;
const clock = $("clock"), sign = $("sign");
let offset = 0;
let state = null;

function signOf(minutes, due) {
  if (minutes >= due) return [2, (minutes > due ? words.over : words.due).replace("{n}", minutes - due)];
  if (due - minutes <= SOON) return [1, words.left.replace("{n}", due - minutes)];
  const passed = SIGNS.find((mark) => minutes >= mark);
  return passed ? [1, words.passed.replace("{n}", passed)] : [0, ""];
}

// Text is set only where it changes: a screen reader would say it again otherwise.
const put = (place, text) => place.textContent !== text && (place.textContent = text);

export function showClock(next) {
  if (next) {
    state = next;
    offset = Date.parse(next.now) - Date.now();
  }
  if (!state) return;
  if (!state.started_at) {
    put(clock, words.before.replace("{time}", momentOf(page.planned_start, Date.now() + offset)));
    return;
  }
  const until = state.ended_at ? Date.parse(state.ended_at) : state.stopped ? Date.parse(state.stopped.at) : Date.now() + offset;
  const played = until - Date.parse(state.started_at) - 1000 * state.stopped_seconds;
  const minutes = Math.max(0, Math.floor(played / 60000));
  const text = state.ended_at ? words.ended_after : state.stopped ? words.stopped_at : words.minutes;
  put(clock, text.replace("{n}", minutes).replace("{planned}", state.due_minutes));
  const [level, says] = state.ended_at || state.stopped ? [0, ""] : signOf(minutes, state.due_minutes);
  clock.dataset.level = level || "";
  put(sign, says);
  sign.hidden = !says;
}

setInterval(showClock, 5000, null);
