// Who may come in here, kept so that the desk goes on without network: names, units and states, no contact data.
const CACHE = "billet-desk";
const OLDEST = 18 * 3600 * 1000;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const AS_TYPED = { O: "0", I: "1", L: "1" };

export class Roster {
  constructor(address) {
    this.address = address;
    this.byHash = new Map();
    this.byReference = new Map();
    this.fetchedAt = null;
    this.ready = this.recall();
  }

  // The list as this device last had it.
  async recall() {
    const kept = await (await open())?.match(this.address);
    const list = await kept?.json().catch(() => null);
    if (list && !this.fetchedAt && age(kept) < OLDEST) this.take(list);
  }

  // The list as it is now; whether it came.
  async load() {
    try {
      const answer = await fetch(this.address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20000) });
      if (answer.ok && !answer.redirected) {
        const list = await answer.json();
        this.take(list);
        const headers = { "Content-Type": "application/json", "Kept-At": String(Date.now()) };
        (await open())?.put(this.address, new Response(JSON.stringify(list), { headers })).catch(() => {});
        return true;
      }
      if (answer.redirected || answer.status === 403 || answer.status === 404) await (await open())?.delete(this.address);
    } catch { /* without network */ }
    return false;
  }

  take(list) {
    this.csrf = list.csrf;
    this.now = list.now;
    this.fetchedAt = new Date(list.now);
    this.byHash = new Map(list.people.map((person) => [person.h, person]));
    this.byReference = new Map(list.people.map((person) => [person.r, person]));
  }

  async find(code) {
    await this.ready;
    const reference = cleanReference(code);
    if (reference && this.byReference.has(reference)) return this.byReference.get(reference);
    if (!looksLikeTicket(code) || !globalThis.crypto?.subtle) return null;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code.trim()));
    const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return this.byHash.get(hash.slice(0, 32)) ?? null;
  }

  search(words) {
    const parts = words.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    return [...this.byReference.values()].filter((person) => parts.every((part) => person.q.includes(part))).slice(0, 20);
  }
}

// Lists of other events and other days are not kept on this device.
export async function forgetOthers(home) {
  const cache = await open();
  for (const request of (await cache?.keys()) ?? []) {
    const { pathname } = new URL(request.url);
    const isOld = pathname.endsWith(".json") && age(await cache.match(request)) > OLDEST;
    if (pathname.startsWith("/office/") && (!pathname.startsWith(home) || isOld)) await cache.delete(request);
  }
}

// Milliseconds since this device kept it, by this device's clock.
function age(kept) { return Date.now() - Number(kept?.headers.get("Kept-At")); }

export function looksLikeTicket(code) { return /^[A-Za-z0-9_-]{32}$/.test(code.trim()); }

export function looksLikeReference(code) { return /\d/.test(code) && cleanReference(code) !== null; }

export function cleanReference(code) {
  const letters = [...code.normalize("NFKC").toUpperCase()].filter((letter) => !" -–—_".includes(letter));
  const clean = letters.map((letter) => AS_TYPED[letter] ?? letter);
  if (clean.length !== 8 || clean.some((letter) => !ALPHABET.includes(letter))) return null;
  return `${clean.slice(0, 4).join("")}-${clean.slice(4).join("")}`;
}

async function open() {
  return globalThis.caches?.open(CACHE).catch(() => null) ?? null;
}
