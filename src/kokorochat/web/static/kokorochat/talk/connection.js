// The one connection of a talk's page: opened again after each loss, until the server says not to come back.
//
// A phone that has slept, or has gone from WLAN to mobile, may hold a socket at whose other end nobody is, and nothing
// tells it so. So an answer that is due is waited for: if no frame at all comes meanwhile, the socket is given up and
// another takes its place. Where nothing is due, nothing is asked.
const SIGNED_OUT = 4401, CONSENT_DUE = 4403, NOT_YOURS = 4404;

const PATIENCE = 8_000;  // ms without a frame; doubled each time in vain, so that a server that is slow is not run over
const MOST_PATIENCE = 32_000;
const RESUMED_PATIENCE = 3_000;
const SETTLES = 250;  // what came before the sleep is read by then, and is not taken for an answer
const HEARTBEAT = 5_000, SLEPT = 15_000;

// `hello` gives the frame by which the server is asked for what is missing. `opened` is told when one may send, `heard`
// when the server has said something, `lost` whether it was not the first try; `over` why it is given up, by the key of
// the words for it.
export function connection(address, { hello, opened, heard, received, lost, over }) {
  let socket = null, isLive = false, tries = 0, givenUp = false, timer = 0;
  let patience = PATIENCE, watch = 0, watchEnds = 0;
  const due = new Set();  // what the server has not answered yet
  const isOpen = () => socket?.readyState === WebSocket.OPEN;

  function connect() {
    clearTimeout(timer);
    if (givenUp || socket?.readyState === WebSocket.CONNECTING || isOpen()) return;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${address}`);
    const mine = socket;
    isLive = false;
    forget();
    expect(patience);
    mine.addEventListener("open", () => {
      if (mine !== socket) return;
      forget();
      greet();
      opened();
    });
    mine.addEventListener("message", ({ data }) => mine === socket && take(JSON.parse(data)));
    mine.addEventListener("close", ({ code }) => {
      if (mine !== socket) return;
      isLive = false;
      forget();
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
      comeBack();
    });
  }

  function comeBack() {
    const wait = Math.min(5000, 200 * 2 ** tries) * (0.5 + Math.random());
    tries += 1;
    timer = setTimeout(connect, wait);
  }

  function take(frame) {
    clearTimeout(watch);
    watch = 0;
    patience = PATIENCE;
    tries = 0;
    if (!isLive) {
      isLive = true;
      heard();
    }
    if (frame.type === "state") due.delete("hello");
    else if (frame.type === "ack" || frame.type === "refused") {
      if (frame.id) due.delete(frame.id);
      else due.clear();  // what was not understood is not named, and would not be understood a second time
    }
    received(frame);
    if (due.size) expect(patience);
  }

  // --- an answer that is due ---

  function expect(within) {
    const ends = performance.now() + within;
    if (watch && watchEnds <= ends) return;
    clearTimeout(watch);
    watchEnds = ends;
    watch = setTimeout(giveUp, within, within);
  }

  function forget() {
    clearTimeout(watch);
    watch = 0;
    due.clear();
  }

  function giveUp(waited) {
    const silent = socket;
    socket = null;  // whatever it still brings is too late, and its end is not waited for: it may take minutes
    isLive = false;
    forget();
    if (waited >= patience) patience = Math.min(MOST_PATIENCE, 2 * patience);
    lost(true);
    silent.close();
    comeBack();
  }

  function frame(data) {
    if (isOpen()) socket.send(JSON.stringify(data));
  }

  // A frame that the server answers: with an ack or a refusal of its id, a hello with a state.
  function ask(data, within = patience) {
    if (!isOpen()) return;
    frame(data);
    due.add(data.id ?? data.type);
    expect(within);
  }

  const greet = (within) => ask(hello(), within);

  // --- back from sleep, or in another network ---

  function resume() {
    if (isOpen()) setTimeout(() => greet(RESUMED_PATIENCE), SETTLES);
    else if (socket?.readyState === WebSocket.CONNECTING) expect(RESUMED_PATIENCE);
    else connect();
  }

  addEventListener("online", resume);
  addEventListener("pageshow", ({ persisted }) => persisted && resume());  // back from the browser's page cache
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && resume());
  // A laptop that sleeps with the page in view tells of it by its clock alone.
  let beat = Date.now();
  setInterval(() => {
    const slept = Date.now() - beat > SLEPT;
    beat = Date.now();
    if (slept && document.visibilityState === "visible") resume();
  }, HEARTBEAT);

  return { connect, isLive: () => isLive, frame, ask, greet };
}
