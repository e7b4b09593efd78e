// What the other parts of a talk's page share: who sits here, the words in their language, and how things are shown.

export const page = JSON.parse(document.getElementById("talk").textContent);
export const words = page.words;
export const $ = (name) => document.querySelector(`[data-${name}]`);

// English as the server writes it too: Mon 23 Nov 2026. Browsers give a British September four letters.
const LANGUAGE = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const time = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: page.zone });
const day = new Intl.DateTimeFormat(LANGUAGE, { year: "numeric", month: LANGUAGE === "ja" ? "long" : "short", day: "numeric", weekday: "short", timeZone: page.zone });
export const clockTime = (at) => time.format(new Date(at));
const date = new Intl.DateTimeFormat(LANGUAGE, { month: LANGUAGE === "ja" ? "long" : "short", day: "numeric", timeZone: page.zone });
const written = (format, at) => format.format(new Date(at)).replace("Sept", "Sep");
export const calendarDay = (at) => written(day, at).replace(",", "").replace("(", "（").replace(")", "）");

// The time alone of what is on the same day as `now`, of anything else its date too.
export const momentOf = (at, now) => calendarDay(at) === calendarDay(now) ? clockTime(at) : `${written(date, at)}${LANGUAGE === "ja" ? "" : ","} ${clockTime(at)}`;

// Characters that are stored but must not act on the page: controls, and marks that reverse the direction of text.
export const shown = (text) => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A UUID of version 4; crypto.randomUUID is missing on plain http other than localhost.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// Part of a page that the server renders, in the page's language; null if it can't be had now.
export async function part(address, selector) {
  try {
    const answer = await fetch(address, { headers: { "X-Part": selector } });
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(selector);
  } catch {
    return null;
  }
}
