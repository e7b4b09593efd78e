// The counselor waits for the feedback with this page open: it is put in as soon as it is there.

const EVERY = 10000;
const place = document.querySelector("[data-awaited]");

async function look() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(location.pathname, { headers: { "X-Part": "result" } });
    if (answer.status !== 200 || answer.redirected) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".result");
    if (!part) return;
    clearInterval(timer);
    place.replaceWith(part);
  } catch { /* the network is away: the next look will tell */ }
}

const timer = setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
