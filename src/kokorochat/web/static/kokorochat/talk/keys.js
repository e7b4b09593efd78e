// The keyboard at the desk. The dialog lists what is here; nothing takes a key from somebody who is writing.
import { $ } from "./page.js";
import { bracket, composes, focus } from "./write.js";

const WRITES = "input, textarea, select, [contenteditable]";

// Alt is told by the key's place: on a Mac it changes the letter.
const ALT = { KeyB: () => bracket(), KeyN: () => $("note")?.focus(), KeyR: () => document.querySelector(".choice button")?.focus(), KeyT: () => document.querySelector(".today a")?.focus() };
const PLAIN = {
  "/": () => { location.href = `${$("history-link").href}?find=1`; },
  "?": () => $("help")?.showModal(),
};

function close(box) {
  box.open = false;
  box.querySelector("summary").focus();
}

function throughSessions(event) {
  const links = [...document.querySelectorAll(".today a")];
  const place = links.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (place < 0 || !step) return false;
  links[(place + step + links.length) % links.length].focus();
  return true;
}

export function keys() {
  document.addEventListener("keydown", (event) => {
    if (composes(event)) return;
    const open = document.querySelector("details.ask[open]");
    if (event.key === "Escape" && !$("help")?.open) {
      if (open) close(open);
      else focus();
      return;
    }
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest(WRITES);
    const deed = event.altKey && !event.ctrlKey ? ALT[event.code] : plain ? PLAIN[event.key] : null;
    if (deed) deed();
    else if (!throughSessions(event)) return;
    event.preventDefault();
  });
  $("help-open")?.addEventListener("click", () => $("help").showModal());
}
