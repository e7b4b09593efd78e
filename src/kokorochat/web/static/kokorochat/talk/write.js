// The input: it grows, keeps the draft, sends only what is finished, and puts the brackets of talk outside the role.
import { $, page, words } from "./page.js";
import { draft } from "./outbox.js";

const form = $("write"), input = document.getElementById("text"), sendKey = $("send-key");
const OPEN = "（", CLOSE = "）";

export const hasWords = () => Boolean(input.value.trim());
export const focus = () => input.focus();

export function grow() {
  input.style.height = "auto";
  const lines = innerHeight < 560 ? 3 : 5;
  input.style.height = `${Math.min(input.scrollHeight, lines * 28 + 18)}px`;
}

function put(text) {
  input.value = text;
  draft.set(text);
  grow();
}

// A refused message comes back before what was typed since.
export function giveBack(text) {
  put(input.value ? `${text}\n${input.value}` : text);
  form.hidden = false;
  input.focus();
}

export function bracket() {
  const text = input.value.trim();
  if (text.startsWith(OPEN) && text.endsWith(CLOSE) && text.length > 1) put(text.slice(1, -1));
  else {
    put(`${OPEN}${text}${CLOSE}`);
    input.focus();
    input.setSelectionRange(input.value.length - 1, input.value.length - 1);
  }
  input.focus();
  input.dispatchEvent(new Event("input"));
}

// Enter also closes an input method's composition. Safari ends the composition before it tells of the key, and shows
// only by key code 229 that the key belonged to it.
export const composes = (event) => event.isComposing || event.keyCode === 229;

export function write({ send, typing, complain }) {
  let typingUntil = 0;

  function submit() {
    const text = input.value.trim();
    if (!text) return;
    const over = [...text].length - page.longest;
    if (over > 0) {
      complain(words.too_long.replace("{n}", over));
      return;
    }
    put("");
    typingUntil = 0;
    send(text);
    input.focus();
  }

  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || composes(event)) return;
    if (sendKey?.value === "ctrl" && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    submit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  input.addEventListener("input", () => {
    grow();
    draft.set(input.value);
    complain("");
    const now = Date.now();
    if (input.value && now > typingUntil) {
      typingUntil = now + 3000;
      typing(true);
    } else if (!input.value && typingUntil) {
      typingUntil = 0;
      typing(false);
    }
  });
  $("bracket").addEventListener("click", bracket);
  if (sendKey) {
    sendKey.value = localStorage.getItem("kokorochat-send-key") || "enter";
    sendKey.addEventListener("change", () => localStorage.setItem("kokorochat-send-key", sendKey.value));
  }
  input.value = draft.get();
  grow();
}
