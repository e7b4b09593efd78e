// What is answered is kept on the server a moment after each answer; what is not kept there yet waits in this tab.
//
// Only what has changed is sent, so two devices add to one draft. Whoever comes back to an older window is shown what was
// answered elsewhere meanwhile, and never loses what was answered here.
import { keepInTab } from "./tab.js";

const PAUSE = 600, LONGEST_WAIT = 15000;

export function keepDraft(form, { onAnswers }) {
  const { feedback: who, draft: url } = form.dataset;
  const token = form.querySelector("input[name=csrfmiddlewaretoken]").value;
  const says = form.querySelector("[data-kept]");
  const KEY = `feedback:${who}`;
  let version = Number(form.dataset.version);
  let timer = 0, wait = 1000, sending = null, over = false;
  let unsaved = JSON.parse(sessionStorage.getItem(KEY) || "{}");

  const here = () => Object.keys(unsaved).length > 0;
  const say = (text) => { says.textContent = text; };

  const remember = () => keepInTab(KEY, here() && JSON.stringify(unsaved));

  function valueOf(field) {
    if (field.type === "radio") return form.querySelector(`[name="${CSS.escape(field.name)}"]:checked`)?.value ?? "";
    return field.type === "checkbox" ? (field.checked ? "on" : "") : field.value;
  }

  function show(name, value) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type === "checkbox") field.checked = value === "on";
      else field.value = value;
    }
  }

  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  }

  async function save() {
    clearTimeout(timer);
    if (sending || over || !here()) return;
    sending = { ...unsaved };
    say(form.dataset.saving);
    try {
      const answer = await fetch(url, { method: "POST", body: new URLSearchParams(sending), headers: { "X-CSRFToken": token }, keepalive: true });
      const told = !answer.redirected && answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (told.code === "given") return end();
      if (answer.redirected || answer.status === 404) return stop();
      if (told.version === undefined) throw new Error(answer.status);
      for (const [name, value] of Object.entries(sending)) if (unsaved[name] === value) delete unsaved[name];
      version = told.version;
      wait = 1000;
      say(form.dataset.saved);
    } catch {
      say(form.dataset.unsaved);
      later(wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    } finally {
      sending = null;
    }
    remember();
    if (here() && wait === 1000) later(PAUSE);
  }

  // It was sent from another device: the page says so.
  function end() {
    over = true;
    sessionStorage.removeItem(KEY);
    location.reload();
  }

  function stop() {
    over = true;
    remember();
    say(form.dataset.ended);
  }

  async function refresh() {
    if (document.visibilityState !== "visible" || sending || over) return;
    if (here()) return save();
    try {
      const answer = await fetch(url);
      if (answer.redirected) return stop();
      const theirs = await answer.json();
      if (theirs.code === "given") return end();
      if (here() || sending || !(theirs.version > version)) return;
      version = theirs.version;
      const names = new Set([...form.querySelectorAll("[name]")].map((field) => field.name));
      for (const name of names) if (name !== "csrfmiddlewaretoken" && name !== "later") show(name, theirs.answers[name] ?? "");
      onAnswers();
    } catch { /* the network is away: the next look will tell */ }
  }

  form.addEventListener("input", ({ target }) => {
    if (!target.name) return;
    unsaved[target.name] = valueOf(target);
    remember();
    later(PAUSE);
  });
  form.addEventListener("submit", () => {
    over = true;  // all of it is on its way
    clearTimeout(timer);
    sessionStorage.removeItem(KEY);
  });
  addEventListener("online", save);
  addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? refresh() : save()));
  addEventListener("focus", refresh);
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    over = false;
    refresh();
  });

  for (const [name, value] of Object.entries(unsaved)) show(name, value);
  if (here()) save();
}
