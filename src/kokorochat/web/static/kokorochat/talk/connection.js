// The one connection of a talk's page: opened again after each loss, until the server says not to come back.
const SIGNED_OUT = 4401, CONSENT_DUE = 4403, NOT_YOURS = 4404;

// `lost` is told whether this was not the first try; `over` why it is given up, by the key of the words for it.
export function connection(address, { opened, received, lost, over }) {
  let socket = null, tries = 0, givenUp = false, timer = 0;
  const isOpen = () => socket?.readyState === WebSocket.OPEN;

  function connect() {
    clearTimeout(timer);
    if (givenUp || socket?.readyState === WebSocket.CONNECTING || isOpen()) return;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${address}`);
    const mine = socket;
    mine.addEventListener("open", () => {
      tries = 0;
      opened();
    });
    mine.addEventListener("message", ({ data }) => received(JSON.parse(data)));
    mine.addEventListener("close", ({ code }) => {
      if (mine !== socket) return;
      if (code === CONSENT_DUE) {
        givenUp = true;
        location.reload();  // the page itself knows the way; what was not sent yet waits in the tab
        return;
      }
      if (code === SIGNED_OUT || code === NOT_YOURS) {
        givenUp = true;
        over(code === SIGNED_OUT ? "signed_out" : "not_yours");
        return;
      }
      lost(tries > 0);
      const wait = Math.min(5000, 200 * 2 ** tries) * (0.5 + Math.random());
      tries += 1;
      timer = setTimeout(connect, wait);
    });
  }

  addEventListener("online", connect);
  addEventListener("pageshow", ({ persisted }) => persisted && connect());  // back from the browser's page cache
  return { connect, isOpen, frame: (data) => isOpen() && socket.send(JSON.stringify(data)) };
}
