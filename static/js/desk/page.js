// The check-in page: reads codes from the field, a USB scanner or the camera, answers at once where it can, and keeps
// each scan until the server has answered it.
import { open as openCamera } from "./camera.js";
import { listen } from "./keys.js";
import { Queue } from "./queue.js";
import { Roster, cleanReference, forgetOthers, looksLikeReference, looksLikeTicket } from "./roster.js";
import { isMuted, mute, play } from "./sounds.js";

const AT_ONCE = 2500; // how long the person at the desk waits for the server before the list answers
const AGAIN = 1500; // the same code within this time is the same scan
const RETRY = 4000;
const REFRESH = 120000;
const LOGGED = 8;
const OFFSET = "billet-desk-offset";
const LETS_IN = new Set(["welcome", "reentry", "already", "out"]);

const desk = document.querySelector("[data-desk]");
const { home, passages, people, undo, worker, scanner, wasm } = desk.dataset;
const words = JSON.parse(desk.dataset.words);
const form = desk.querySelector("[data-scan]");
const field = form.querySelector("[name=code]");
const part = (name) => desk.querySelector(`[data-${name}]`);
const heads = part("heads").content;
const roster = new Roster(desk.dataset.roster);
const queue = new Queue(home, () => roster.csrf ?? form.elements.csrf_token.value);
const SEEN = `billet-desk-seen:${passages}`;
const seen = new Map(keptSeen()); // reference → what this desk noted since the list came
const shown = { nonce: null };
let offset = keptOffset();
let online = navigator.onLine;
let signedOut = false;
let lastScan = { code: "", direction: "", at: 0 };

// ---- Scanning

async function scan(read, direction = way()) {
  const code = read.slice(0, 200);
  const now = Date.now();
  if (code === lastScan.code && direction === lastScan.direction && now - lastScan.at < AGAIN) {
    lastScan.at = now;
    return;
  }
  lastScan = { code, direction, at: now };
  clearFound();
  const noted = queue.add({ code, direction, at: now, offset, to: passages });
  shown.nonce = noted.nonce;
  const line = log(noted);
  const guess = guessAnswer(noted);
  const answered = new Promise((done) => { noted.done = done; });
  queue.flush();
  const told = await Promise.race([answered, new Promise((late) => setTimeout(late, online ? AT_ONCE : 0, null))]);
  if (told) return;
  const guessed = await guess;
  if (!queue.waiting.has(noted.nonce)) return;
  noted.guessed = guessed;
  write(line, guessed, true);
  if (shown.nonce === noted.nonce) show(guessed, true);
  play(guessed.verdict);
}

// What the list says; the person is asked in or turned away on it until the server answers.
async function guessAnswer(noted) {
  const person = await roster.find(noted.code);
  if (!person) return { verdict: "unknown", detail: roster.fetchedAt ? words.not_listed : words.no_list };
  const told = { name: person.n, unit: person.u, category: spoken(person.c), reference: person.r };
  if (person.s) return { ...told, verdict: person.s, detail: words.advice[person.s] ?? "" };
  const before = seen.get(person.r) ?? (person.d ? { direction: person.d, at: person.t, point: spoken(person.w) } : null);
  passed(person.r, noted);
  if (noted.direction === "out") return { ...told, verdict: "out", detail: "" };
  if (!before) return { ...told, verdict: "welcome", detail: "" };
  const since = before.direction === "in" ? words.in_since : words.out_since;
  const detail = since.replace("%(moment)s", clock(before.at)).replace("%(point)s", before.point);
  return { ...told, verdict: before.direction === "in" ? "already" : "reentry", detail };
}

queue.addEventListener("answered", ({ detail: { scan: noted, told } }) => {
  noted.done?.(told);
  if (told.reference && LETS_IN.has(told.verdict)) {
    passed(told.reference, noted);
  }
  const line = part("log").querySelector(`[data-nonce="${noted.nonce}"]`) ?? log(noted);
  const differs = noted.guessed && noted.guessed.verdict !== told.verdict;
  write(line, told, false, differs ? noted.guessed.verdict : "");
  if (shown.nonce === noted.nonce || differs) show(told, false);
  if (!noted.guessed || differs) play(told.verdict);
  if (!queue.size) document.dispatchEvent(new CustomEvent("recount"));
});

function passed(reference, noted) {
  seen.set(reference, { direction: noted.direction, at: noted.at + noted.offset, point: words.here });
  keepSeen();
}

function keepSeen() {
  try { localStorage.setItem(SEEN, JSON.stringify([...seen])); } catch { /* it is known in this page only */ }
}

function keptSeen() {
  try { return JSON.parse(localStorage.getItem(SEEN)) ?? []; } catch { return []; }
}

// ---- Searching

async function search(typed) {
  let rows;
  try {
    const answer = await fetch(`${people}${people.includes("?") ? "&" : "?"}${new URLSearchParams({ q: typed })}`, {
      headers: { Accept: "application/json" }, signal: AbortSignal.timeout(AT_ONCE),
    });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    rows = (await answer.json()).people;
  } catch {
    rows = roster.search(typed).map((person) => ({
      reference: person.r, name: person.n, unit: person.u, category: spoken(person.c), phone: "",
      bar: person.s, last: (seen.get(person.r) ?? (person.d && { direction: person.d })) || null,
    }));
  }
  part("served").replaceChildren();
  part("answer").replaceChildren();
  const list = part("found");
  list.replaceChildren(...rows.map(foundRow));
  if (!rows.length) list.append(element("p", "note", words.nobody.replace("%(words)s", typed)));
}

function foundRow(person) {
  const row = element("li", "found-row");
  const text = element("div", "found-text");
  text.append(element("bdi", "found-name", person.name));
  const facts = [person.unit, person.category, person.phone].filter(Boolean).join(" · ");
  text.append(element("span", "note", facts));
  row.append(text);
  if (person.last?.direction === "in") row.append(element("span", "state state-checked_in", words.checked_in));
  const bar = person.bar ? words.verdicts[person.bar] : person.state !== "confirmed" && words.states[person.state];
  if (bar) row.append(element("span", "state state-neutral", bar));
  for (const direction of form.elements.direction ? ["in", "out"] : ["in"]) {
    const button = element("button", `btn btn-sm btn-${direction === "in" ? "primary" : "secondary"}`);
    button.type = "button";
    button.textContent = form.elements.direction ? words[direction] : words.check_in;
    button.addEventListener("click", () => { scan(person.reference, direction); field.focus(); });
    row.append(button);
  }
  if (person.badge) row.append(badge(person));
  return row;
}

function clearFound() { part("found").replaceChildren(); }

// ---- Showing

function show(told, provisional) {
  part("served").replaceChildren();
  const panel = element("section", `verdict verdict-${told.verdict}${provisional ? " verdict-provisional" : ""}`);
  panel.append(heads.querySelector(`[data-verdict="${told.verdict}"]`)?.firstElementChild.cloneNode(true) ?? "");
  if (told.name) panel.append(wrap("verdict-name", element("bdi", "", told.name)));
  const facts = [told.unit, told.category, told.reference].filter(Boolean).join(" · ");
  if (facts) panel.append(element("p", "", facts));
  if (told.detail) panel.append(element("p", "verdict-detail", told.detail));
  if (provisional) panel.append(element("p", "verdict-note", words.provisional));
  if (told.passage) {
    const button = element("button", "btn btn-sm", words.undo);
    button.type = "button";
    button.addEventListener("click", () => takeBack(told, button));
    panel.append(button);
  }
  if (told.badge && LETS_IN.has(told.verdict)) panel.append(" ", badge(told));
  part("answer").replaceChildren(panel);
}

function badge(person) {
  const link = element("a", "btn btn-sm btn-secondary", words.badge);
  link.href = person.badge;
  return link;
}

async function takeBack(told, button) {
  button.disabled = true;
  try {
    const answer = await fetch(undo.replace("/0/", `/${told.passage}/`), {
      method: "POST", headers: { Accept: "application/json", "X-CSRFToken": queue.token() }, signal: AbortSignal.timeout(8000),
    });
    if (!answer.ok) throw new Error(answer.status);
    seen.delete(told.reference);
    keepSeen();
    lastScan.at = 0;
    show({ verdict: "undone", name: told.name, unit: told.unit, category: told.category, reference: told.reference }, false);
    play("undone");
    roster.load();
  } catch {
    button.disabled = false;
    button.after(element("p", "verdict-note", words.undo_needs_network));
  }
  field.focus();
}

function log(noted) {
  const line = element("li", "log-line");
  line.dataset.nonce = noted.nonce;
  line.append(element("time", "", clock(noted.at + noted.offset)), element("span", "log-text", "…"));
  part("log").prepend(line);
  while (part("log").children.length > LOGGED) part("log").lastElementChild.remove();
  part("log-box").hidden = false;
  return line;
}

function write(line, told, provisional, before = "") {
  const word = words.verdicts[told.verdict];
  const text = [told.name ?? words.somebody, provisional ? `${word} (${words.waits})` : word].join(" · ");
  line.lastElementChild.textContent = before ? `${text} – ${words.instead_of.replace("%(word)s", words.verdicts[before])}` : text;
  line.className = `log-line log-${told.verdict}${before ? " log-changed" : ""}`;
}

function status() {
  const waiting = queue.size;
  desk.dataset.network = signedOut ? "signedout" : online ? "online" : "cut";
  part("network").textContent = signedOut ? words.signed_out : online ? words.online
    : roster.fetchedAt ? words.cut.replace("%(moment)s", clock(roster.now)) : words.cut_without_list;
  part("sign-in").hidden = !signedOut;
  part("waiting").hidden = !waiting;
  part("waiting").textContent = words.waiting.replace("%(n)s", waiting);
}

// ---- The network

queue.addEventListener("changed", status);
queue.addEventListener("online", ({ detail }) => { signedOut = false; measured(detail.now); });
queue.addEventListener("cut", () => { online = false; status(); });
queue.addEventListener("signedout", () => { signedOut = true; status(); });
queue.addEventListener("stale", async () => { if (await roster.load()) queue.flush(); });
document.addEventListener("counted", ({ detail }) => {
  signedOut = false;
  measured(detail.now);
  if (queue.size) queue.flush();
});
document.addEventListener("uncounted", ({ detail }) => { signedOut = detail.signedOut; online = detail.signedOut; status(); });
addEventListener("online", () => queue.flush());
addEventListener("offline", () => { online = false; status(); });
addEventListener("beforeunload", (event) => { if (queue.size) event.preventDefault(); });
setInterval(() => { if (queue.size) queue.flush(); }, RETRY);
setInterval(refresh, REFRESH);

async function refresh() {
  if (await roster.load()) {
    if (!queue.size) seen.clear(); // what waits is not in the list yet
    keepSeen();
    measured(roster.now);
  }
  status();
}

// How far this device's clock is behind the server's.
function measured(now) {
  offset = now - Date.now();
  online = true;
  try { localStorage.setItem(OFFSET, String(offset)); } catch { /* it is measured again */ }
  status();
}

function keptOffset() {
  try { return Number(localStorage.getItem(OFFSET)) || 0; } catch { return 0; }
}

// What the page needs to come back without network goes into the cache; the worker answers from there.
async function keepPage() {
  await forgetOthers(home);
  await refresh();
  if (!navigator.serviceWorker || !globalThis.caches) return;
  await navigator.serviceWorker.register(worker, { scope: home });
  const cache = await caches.open("billet-desk");
  const used = performance.getEntriesByType("resource").map(({ name }) => name)
    .filter((name) => name.startsWith(location.origin) && !new URL(name).pathname.endsWith(".json") && !name.endsWith("/worker.js"));
  const here = location.pathname + location.search;
  await Promise.all([...new Set([here, scanner, wasm, ...used])].map((address) => cache.add(address).catch(() => {})));
  desk.dataset.kept = "yes";
}

// ---- The page's own controls

function way() { return form.elements.direction?.value ?? "in"; }

function spoken([zh, en]) { return document.documentElement.lang === "en" ? en : zh; }

function clock(moment) { return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: desk.dataset.zone }).format(moment); }

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function wrap(className, child) {
  const made = element("p", className);
  made.append(child);
  return made;
}

function send() {
  const typed = field.value.trim();
  field.value = "";
  if (!typed) return;
  if (looksLikeTicket(typed) || looksLikeReference(typed)) scan(looksLikeTicket(typed) ? typed : cleanReference(typed));
  else search(typed);
}

form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
listen(field, send);

const muteButton = part("mute");
muteButton.setAttribute("aria-pressed", String(isMuted()));
muteButton.addEventListener("click", () => {
  mute(!isMuted());
  muteButton.setAttribute("aria-pressed", String(isMuted()));
  field.focus();
});

const cameraButton = part("camera");
const video = part("video");
let closeCamera = null;
cameraButton.hidden = !navigator.mediaDevices?.getUserMedia;
cameraButton.addEventListener("click", async () => {
  field.focus();
  if (closeCamera) {
    closeCamera();
    closeCamera = null;
  } else {
    cameraButton.disabled = true;
    video.hidden = false;
    try {
      closeCamera = await openCamera(video, (code) => scan(code.trim()), { script: scanner, wasm });
    } catch (fault) {
      part("camera-fault").textContent = fault.name === "NotAllowedError" ? words.camera_refused : words.camera_away;
    }
    cameraButton.disabled = false;
  }
  video.hidden = !closeCamera;
  cameraButton.setAttribute("aria-pressed", String(Boolean(closeCamera)));
});

part("tools").hidden = false;
status();
roster.ready.then(status);
keepPage().catch(() => {});
if (queue.size) queue.flush();
