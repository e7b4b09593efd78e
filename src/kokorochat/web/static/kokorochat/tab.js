// What waits in this tab alone. A tab that can hold no more must hold nothing up: the words still go out, or wait on the
// page itself; only a reload would lose them.
export function keepInTab(key, text) {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch { /* it is full */ }
}
