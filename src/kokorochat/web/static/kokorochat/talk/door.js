// How the counselor's words reach a client who takes part by another door than the phone page, as LINE.
import { $, element, page, words } from "./page.js";

const place = $("door");

export function presenceOf(partner) {
  if (page.practice) return words.program;
  if (partner.online) return words.online;
  return partner.door === "line" ? words.on_line : words.offline;
}

// Doors that are shut, but for those that open again by themselves: what is written waits there and goes out later.
const isShut = (door) => door in words.doors && !["line-consent", "line-waits"].includes(door);

// What stands beside one's own message. `accepted` is the newest that the door has taken: it goes in their order.
export function markOf(number, partner) {
  if (number <= partner.seen) return words.seen;
  if (partner.uncertain?.includes(number)) return isShut(partner.door) ? words.not_by_line : words.uncertain;
  if (number <= (partner.accepted ?? 0)) return words.accepted;
  return isShut(partner.door) ? words.kept_on_page : words.stored;
}

// Whether a mark asks to be noticed: the message may not have come.
export const isDue = (mark) => [words.uncertain, words.not_by_line, words.kept_on_page].includes(mark);

// What can be decided about one's own message: a row of buttons as long as it is uncertain and LINE can be reached.
export function choiceOf(number, partner, asked) {
  const open = partner.door === "line" && markOf(number, partner) === words.uncertain && !asked;
  if (!open) return null;
  const row = element("p", "choice");
  for (const [command, text] of [["send-again", words.send_again], ["let-be", words.let_be]]) {
    const button = element("button", command === "send-again" ? "" : "quiet", text);
    button.type = "button";
    Object.assign(button.dataset, { command, number });
    row.append(button);
  }
  return row;
}

export function showDoor(partner, ended) {
  if (!place) return;
  const unsure = partner.uncertain?.some((number) => number > partner.seen);
  const text = words.doors[partner.door] ?? (unsure ? words.uncertain_help : "");
  place.hidden = !text || ended;
  if (place.textContent !== text) place.textContent = text;
}
