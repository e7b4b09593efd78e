// The phone view: shows what the fake holds, and does what a person with a phone can do. All state is the fake's.

const words = JSON.parse(document.getElementById("words").textContent);
const $ = (name) => document.querySelector(`[data-${name}]`);
const thread = $("thread"), text = $("text"), fault = $("fault");
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
let shownPerson = "";
let screen = null;

const chosen = () => location.hash.slice(1);

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function button(label, act, className) {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// --- asking the fake ---

async function ask(method, path, body) {
  const options = { method };
  if (body instanceof Blob) Object.assign(options, { body, headers: { "Content-Type": body.type } });
  else if (body !== undefined) Object.assign(options, { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  const response = await fetch(`/fake/${path}`, options);
  const document = await response.json();
  if (!response.ok) throw new Error(document.message);
  return document;
}

async function act(path, body) {
  fault.hidden = true;
  try {
    await ask("POST", `people/${chosen()}/${path}`, body);
    return true;
  } catch (problem) {
    fault.textContent = problem.message;
    fault.hidden = false;
    return false;
  }
}

// --- the thread ---

function withLinks(paragraph, content) {
  for (const [place, piece] of content.split(/(https?:\/\/[\x21-\x7e]+)/).entries()) {
    if (place % 2 === 0) {
      paragraph.append(piece);
      continue;
    }
    const link = element("a", "", piece);
    Object.assign(link, { href: piece, target: "_blank", rel: "noopener noreferrer" });
    paragraph.append(link);
  }
  return paragraph;
}

function content(bubble) {
  if (bubble.unsent) return element("p", "bubble gone", words.unsent_own);
  if (bubble.form === "sticker" && bubble.own) return element("p", "bubble glyph", bubble.text);
  if (bubble.form === "image" && bubble.own) {
    const image = element("img", "bubble");
    Object.assign(image, { src: `/fake/images/${bubble.id}`, alt: words.image });
    image.addEventListener("load", toEnd);
    return image;
  }
  return withLinks(element("p", "bubble"), bubble.text || `［${bubble.form}］`);
}

function row(bubble) {
  const made = element("div", bubble.own ? "message own" : "message");
  made.dataset.id = bubble.id;
  if (!bubble.own) made.append(element("span", "sender", bubble.sender || words.official));
  made.append(content(bubble));
  const note = element("span", "note");
  if (bubble.read) note.append(element("span", "", words.read));
  note.append(element("time", "", clock.format(bubble.at)));
  if (bubble.own && !bubble.unsent) note.append(button(words.unsend, () => act("unsend", { message: bubble.id }), "unsend"));
  made.append(note);
  return made;
}

const toEnd = () => { thread.scrollTop = thread.scrollHeight; };

function showThread(bubbles) {
  const held = new Map([...thread.querySelectorAll(".message")].map((made) => [made.dataset.id, made]));
  thread.querySelector(".loading")?.remove();
  thread.querySelector(".none")?.remove();
  for (const bubble of bubbles) {
    const look = JSON.stringify([bubble.unsent, bubble.read]);
    const before = held.get(bubble.id);
    if (before?.dataset.look === look) continue;
    const made = row(bubble);
    made.dataset.look = look;
    if (before) before.replaceWith(made);
    else thread.append(made);
  }
  if (!bubbles.length) thread.append(element("p", "none", words.none_yet));
  if (screen.loading) {
    const dots = element("p", "loading");
    dots.setAttribute("aria-label", words.loading);
    dots.append(element("i"), element("i"), element("i"));
    thread.append(dots);
  }
}

function tap(action) {
  if (action.type === "message") return act("say", { text: action.text });
  if (action.type === "uri") return window.open(action.uri, "_blank", "noopener");
  return act("tap", { data: action.data, said: action.displayText ?? "" });
}

function showPhone() {
  const open = screen.friend && !screen.blocked;
  $("name").textContent = screen.name;
  $("friendship").textContent = !screen.friend ? words.add_friend : screen.blocked ? words.unblock : words.block;
  $("state").textContent = screen.blocked ? words.blocked : words.stranger;
  $("state").hidden = open;
  for (const control of $("write").elements) control.disabled = !open;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
  const newest = screen.thread.at(-1);
  $("taps").replaceChildren(...(newest?.actions ?? []).map((action) => button(action.label, () => tap(action))));
  const other = shownPerson !== screen.id;
  if (other) thread.replaceChildren();
  shownPerson = screen.id;
  showThread(screen.thread);
  if (atEnd || other) toEnd();
}

// --- the lists beside it ---

function showPeople(all) {
  $("people").replaceChildren(...all.people.map((person) => {
    const link = element("a", "");
    link.href = `#${person.id}`;
    if (person.id === chosen()) link.setAttribute("aria-current", "true");
    link.append(element("strong", "", person.name), element("span", "", person.newest || words.none_yet));
    const item = element("li");
    item.append(link);
    return item;
  }));
  $("webhook").textContent = all.webhook || words.no_webhook;
  $("used").textContent = `${all.used} / ${all.quota ?? words.no_limit}`;
  $("recent").replaceChildren(...all.recent.map((event) => {
    const answers = event.posts.map((status) => status || words.no_answer);
    if (event.due) answers.push(words.on_its_way);
    const line = element("tr");
    line.append(element("td", "", event.kind), element("td", "", event.person));
    line.append(element("td", "", answers.join("、") + (event.forged ? `（${words.forged}）` : "")));
    return line;
  }));
  if (!all.recent.length) {
    const cell = element("td", "", words.no_events);
    cell.colSpan = 3;
    const line = element("tr");
    line.append(cell);
    $("recent").append(line);
  }
  if (!$("stickers").childElementCount) {
    $("stickers").append(...all.stickers.map((glyph, sticker) => button(glyph, () => {
      act("sticker", { sticker });
      pick(false);
    })));
  }
}

// One look at a time: what changes meanwhile is looked at once more.
let looking = false, again = false;
async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    const all = await ask("GET", "people");
    if (!all.people.some((person) => person.id === chosen()) && all.people.length) {
      history.replaceState(null, "", `#${all.people[0].id}`);
    }
    showPeople(all);
    $("nobody").hidden = all.people.length > 0;
    $("device").hidden = !all.people.length;
    if (all.people.length) {
      screen = await ask("GET", `people/${chosen()}`);
      if (screen.id === chosen()) showPhone();
      else again = true;
    }
  } catch {
    // The stream says that the fake is away, and when it is back.
  }
  looking = false;
  if (again) {
    again = false;
    look();
  }
}

// --- what a person does ---

function pick(open) {
  $("stickers").hidden = !open;
  $("pick").setAttribute("aria-expanded", String(open));
}

$("write").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = text.value;
  if (!said.trim()) return;
  text.value = "";
  if (!(await act("say", { text: said })) && !text.value) text.value = said;
  text.focus();
});
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  $("write").requestSubmit();
});
$("pick").addEventListener("click", () => pick($("stickers").hidden));
$("image").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) await act("image", file);
  event.target.value = "";
});
$("friendship").addEventListener("click", () => act(screen.friend && !screen.blocked ? "block" : "follow", {}));
$("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = event.target.elements.name;
  try {
    location.hash = (await ask("POST", "people", { name: input.value })).id;
    input.value = "";
    view("talk");
  } catch (problem) {
    input.setCustomValidity(problem.message);
    input.reportValidity();
  }
});
$("add").addEventListener("input", (event) => event.target.setCustomValidity(""));

// --- faults ---

const faults = $("faults");
const numbers = () => [...faults.querySelectorAll("input[name]")];

function fill(plan, quota) {
  for (const input of faults.querySelectorAll("[data-share]")) input.value = 100 * (plan.outcomes[input.dataset.share] ?? 0);
  for (const input of numbers()) input.value = plan[input.name];
  $("bad").value = 100 * plan.bad_signatures;
  $("quota").value = quota ?? "";
}

async function apply(plan, quota) {
  const said = $("said");
  try {
    fill(await ask("PUT", "faults", plan), (await ask("PUT", "quota", { quota })).quota);
    said.textContent = words.applied;
  } catch (problem) {
    said.textContent = problem.message;
  }
}

faults.addEventListener("submit", (event) => {
  event.preventDefault();
  const outcomes = {};
  for (const input of faults.querySelectorAll("[data-share]")) if (Number(input.value)) outcomes[input.dataset.share] = input.value / 100;
  const plan = { outcomes, bad_signatures: $("bad").value / 100 };
  for (const input of numbers()) plan[input.name] = Number(input.value);
  apply(plan, $("quota").value === "" ? null : Number($("quota").value));
});
faults.addEventListener("input", () => { $("said").textContent = ""; });
$("calm").addEventListener("click", () => apply({}, null));

// --- views of a narrow screen ---

function view(name) {
  document.body.dataset.view = name;
  for (const tab of document.querySelectorAll("[data-to]")) tab.setAttribute("aria-pressed", String(tab.dataset.to === name));
  if (name === "talk") toEnd();
}
for (const tab of document.querySelectorAll("[data-to]")) tab.addEventListener("click", () => view(tab.dataset.to));
$("people").addEventListener("click", () => view("talk"));
addEventListener("hashchange", () => {
  fault.hidden = true;
  look();
});
$("language").addEventListener("click", (event) => { event.currentTarget.hash = location.hash; });

// --- beginning ---

const stream = new EventSource("/fake/stream");
stream.addEventListener("message", look);
stream.addEventListener("open", () => { $("lost").hidden = true; });
stream.addEventListener("error", () => {
  $("lost").textContent = words.lost;
  $("lost").hidden = false;
});
view("talk");
Promise.all([ask("GET", "faults"), ask("GET", "people")]).then(([plan, all]) => fill(plan, all.quota));
