// Signing out empties this tab: what was typed belongs to the person who leaves. If something would be lost by that,
// they are asked first, and the browser does not ask a second time.
const unsent = () => Object.values(sessionStorage).some((kept) => kept && kept !== "[]");

for (const form of document.querySelectorAll("[data-sign-out]")) {
  form.addEventListener("submit", (event) => {
    if (unsent() && !confirm(document.body.dataset.unsent)) {
      event.preventDefault();
      return;
    }
    addEventListener("beforeunload", (leaving) => leaving.stopImmediatePropagation(), { capture: true });
    sessionStorage.clear();
  });
}
