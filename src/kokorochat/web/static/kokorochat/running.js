// The running sessions, renewed every few seconds without jumping: what is focused stays focused.
const EVERY = 5000;
const place = document.querySelector("[data-running]");
let timer = 0;

async function look() {
  clearTimeout(timer);
  try {
    const answer = await fetch(place.dataset.running, { headers: { "X-Part": "running" } });
    if (answer.ok && !answer.redirected) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      const href = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      if (fresh.innerHTML !== place.innerHTML) place.replaceChildren(...fresh.childNodes);
      if (href) place.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
    }
  } catch { /* the network is away: the next look will tell */ }
  clearTimeout(timer);
  timer = setTimeout(look, EVERY);
}

timer = setTimeout(look, EVERY);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
