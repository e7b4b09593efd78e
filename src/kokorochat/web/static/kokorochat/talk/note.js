// The counselor's private notes: saved a moment after each pause, kept in this tab while the network is away, and never
// written over what was changed in another window.
import { keepInTab } from "../tab.js";
import { $, element, page, words } from "./page.js";

const input = $("note"), says = $("note-state"), clash = $("note-clash");
const { url, version: first } = input.dataset;
const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
const KEY = `note:${page.person}:${page.code}`;
const PAUSE = 800, LONGEST_WAIT = 15000;

let version = Number(first);
// As the server sent it: what was typed before this script ran is a change.
let stored = input.defaultValue;
let wait = 1000, timer = 0, saving = false;

const say = (text) => { says.textContent = text; };
const changed = () => input.value !== stored;

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
}

const keepHere = () => keepInTab(KEY, changed() && JSON.stringify({ text: input.value, version }));

async function save() {
  if (saving || !changed() || !clash.hidden) return;
  const text = input.value;
  saving = true;
  say(words.note_saving);
  try {
    const body = new URLSearchParams({ text, version });
    const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } });
    const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (answer.status === 409) disagree(told);
    else if (answer.status === 422) say(told.message || words.note_kept);
    else if (!answer.ok || told.version === undefined) throw new Error(answer.status);
    else {
      stored = text;
      version = told.version;
      wait = 1000;
      say(words.note_saved);
      if (changed()) later(PAUSE);
    }
  } catch {
    say(words.note_kept);
    later(wait);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }
  saving = false;
  keepHere();
}

// Changed elsewhere meanwhile: both texts are shown, and the counselor says what stays.
function disagree(theirs) {
  say(words.note_clash);
  clash.replaceChildren(element("p", "", words.note_other), element("blockquote", "", theirs.text));
  const choices = {
    note_both: () => `${theirs.text}\n\n${input.value}`,
    note_mine: () => input.value,
    note_theirs: () => theirs.text,
  };
  const buttons = element("p", "buttons");
  for (const [choice, text] of Object.entries(choices)) {
    const button = element("button", "", words[choice]);
    button.type = "button";
    button.addEventListener("click", () => {
      stored = theirs.text;
      version = theirs.version;
      input.value = text();
      clash.hidden = true;
      keepHere();
      if (changed()) save();
      else say(words.note_saved);
      input.focus();
    });
    buttons.append(button);
  }
  clash.append(buttons);
  clash.hidden = false;
}

// Back from another window: what was changed there is shown, if nothing waits here.
async function refresh() {
  if (document.visibilityState !== "visible" || saving || changed() || !clash.hidden) return;
  try {
    const answer = await fetch(url);
    const theirs = answer.ok && !answer.redirected ? await answer.json() : null;
    if (!theirs || changed() || theirs.version <= version) return;
    input.value = stored = theirs.text;
    version = theirs.version;
  } catch { /* the network is away: the next look will tell */ }
}

input.addEventListener("input", () => {
  keepHere();
  say(changed() ? words.note_kept : words.note_saved);
  later(PAUSE);
});
addEventListener("online", save);
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? refresh() : save()));
addEventListener("focus", refresh);
input.addEventListener("blur", save);

const here = JSON.parse(sessionStorage.getItem(KEY) || "null");
if (here && here.text !== stored) {
  input.value = here.text;
  version = here.version;
  save();
} else if (changed()) later(PAUSE);
