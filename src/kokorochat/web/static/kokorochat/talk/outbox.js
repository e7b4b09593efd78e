// What was written or pressed and is not acknowledged yet. Kept through a reload, a lost connection and a tab that the
// phone has put aside: in this tab only, never on the disk of a shared computer.
import { keepInTab } from "../tab.js";
import { page } from "./page.js";

// The keys name the person too: another who signs in in this tab must not find, still less send, somebody else's words.
const KEY = `outbox:${page.person}:${page.code}`, DRAFT = `draft:${page.person}:${page.code}`;
let kept = JSON.parse(sessionStorage.getItem(KEY) || "[]");

// Each has an `id` and either `text` or `command`, a frame without words; `failed` says why it was refused.
export const waiting = () => kept;
export const unsent = (id) => kept.find((message) => message.id === id);
export const keep = () => keepInTab(KEY, JSON.stringify(kept));

export function put(message) {
  kept.push(message);
  keep();
}

export function take(id) {
  kept = kept.filter((message) => message.id !== id);
  keep();
}

export const draft = {
  get: () => sessionStorage.getItem(DRAFT) || "",
  set: (text) => keepInTab(DRAFT, text),
};
