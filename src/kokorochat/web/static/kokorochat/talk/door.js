// How the counselor's words reach a client who takes part by another door than the phone page, as LINE.
import { $, page, words } from "./page.js";

const place = $("door");

export function presenceOf(partner) {
  if (page.practice) return words.program;
  if (partner.online) return words.online;
  return partner.door === "line" ? words.on_line : words.offline;
}

// What stands beside one's own message. `accepted` is the newest that the door has taken: it goes in their order.
export function markOf(number, partner) {
  if (number <= partner.seen) return words.seen;
  if (partner.uncertain?.includes(number)) return words.uncertain;
  if (number <= (partner.accepted ?? 0)) return words.accepted;
  return words.stored;
}

export function showDoor(partner, ended) {
  if (!place) return;
  const unsure = partner.uncertain?.some((number) => number > partner.seen);
  const text = words.doors[partner.door] ?? (unsure ? words.uncertain_help : "");
  place.hidden = !text || ended;
  if (place.textContent !== text) place.textContent = text;
}
