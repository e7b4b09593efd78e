// What waits for an administrator, on each of their pages: looked for every few seconds, without a socket or Redis.
const EVERY = 5000;
const place = document.querySelector("[data-waiting-alerts]");
const title = document.title;
let timer = 0;

function tellInTitle() {
  const count = place.querySelectorAll("[data-urgent]").length;
  document.title = count ? `(${count}) ${title}` : title;
}

async function look() {
  clearTimeout(timer);
  try {
    const answer = await fetch(place.dataset.waitingAlerts, { headers: { "X-Part": "alerts" } });
    if (answer.ok && !answer.redirected) {
      const text = await answer.text();
      const fresh = new DOMParser().parseFromString(text, "text/html").body;
      // Set only where it changes: a screen reader would say it again otherwise.
      if (fresh.textContent !== place.textContent) place.replaceChildren(...fresh.childNodes);
      tellInTitle();
    }
  } catch { /* the network is away: the next look will tell */ }
  clearTimeout(timer);
  timer = setTimeout(look, EVERY);
}

tellInTitle();
timer = setTimeout(look, EVERY);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
