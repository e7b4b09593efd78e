// Out of the role in earnest: the card that both see while the session is stopped.
import { $, page, words } from "./page.js";

const card = $("stopped"), stopBox = $("stop-box"), who = $("stopped-who"), goOn = $("resume"), ready = $("ready");

export function showStop(state) {
  const stopped = state.ended_at ? null : state.stopped;
  card.hidden = !stopped;
  stopBox.hidden = Boolean(stopped || state.ended_at);
  document.body.classList.toggle("halted", Boolean(stopped));
  if (!stopped) return;
  const mine = stopped.ready.includes(page.role), theirs = stopped.ready.some((role) => role !== page.role);
  const text = stopped.helper ? words.helper.replace("{name}", stopped.helper) : words.called;
  if (who.textContent !== text) who.textContent = text;
  goOn.disabled = mine;
  ready.textContent = mine ? words.waits_for_partner : theirs ? words.partner_is_ready : words.both_decide;
}
