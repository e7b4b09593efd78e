// What waits for an administrator, on each of their pages: looked for every few seconds, without a socket or Redis.
const EVERY = 5000;
const place = document.querySelector("[data-waiting-alerts]");
const title = document.title;
let timer = 0;

function tellInTitle() {
  const count = place.querySelectorAll("[data-urgent]").length;
  document.title = count ? `(${count}) ${title}` : title;
}

// What a screen reader is told; how long ago it was grows by itself, and is no news.
function told(node) {
  const copy = node.cloneNode(true);
  for (const one of copy.querySelectorAll("[aria-hidden]")) one.remove();
  return copy.textContent;
}

// A new one comes, and somebody may just be on the button of another.
function replace(fresh) {
  const held = place.querySelector(":focus")?.form?.getAttribute("action");
  place.replaceChildren(...fresh.childNodes);
  if (held) place.querySelector(`form[action="${CSS.escape(held)}"] button`)?.focus();
}

function renewTimes(fresh) {
  const times = fresh.querySelectorAll("[aria-hidden]");
  place.querySelectorAll("[aria-hidden]").forEach((time, n) => { time.textContent = times[n].textContent; });
}

async function look() {
  clearTimeout(timer);
  try {
    const answer = await fetch(place.dataset.waitingAlerts, { headers: { "X-Part": place.dataset.part } });
    if (answer.ok && !answer.redirected) {
      const text = await answer.text();
      const fresh = new DOMParser().parseFromString(text, "text/html").body;
      // Set only where it changes: a screen reader would say it again otherwise.
      if (told(fresh) === told(place)) renewTimes(fresh);
      else replace(fresh);
      tellInTitle();
    }
  } catch { /* the network is away: the next look will tell */ }
  clearTimeout(timer);
  timer = setTimeout(look, EVERY);
}

tellInTitle();
timer = setTimeout(look, EVERY);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
