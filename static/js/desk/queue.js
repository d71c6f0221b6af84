// Scans wait here until the server has answered them; each has a name of its own (nonce), so that sending one twice does
// no harm. Each lies under its own key in this browser's storage, so that tabs do not overwrite each other's.
const PREFIX = "billet-desk:";
const MOST = 100;
const PATIENCE = 8000;

export class Queue extends EventTarget {
  constructor(home, token) {
    super();
    this.prefix = `${PREFIX}${home}:`;
    this.token = token;
    this.waiting = new Map();
    this.most = MOST;
    for (const key of keys()) if (key.startsWith(this.prefix)) this.adopt(key);
  }

  get size() { return this.waiting.size; }

  adopt(key) {
    try {
      const scan = JSON.parse(localStorage.getItem(key));
      this.waiting.set(scan.nonce, scan);
    } catch { /* not one of ours */ }
  }

  add(scan) {
    scan.nonce = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.waiting.set(scan.nonce, scan);
    try { localStorage.setItem(this.prefix + scan.nonce, JSON.stringify(scan)); } catch { /* it waits in this page only */ }
    this.changed();
    return scan;
  }

  // Sends what waits, oldest first; one sending at a time. Says "answered" for each scan, and "cut", "signedout" or "sent".
  async flush() {
    if (this.sending) return this.sending;
    this.sending = this.sendAll().finally(() => { this.sending = null; });
    return this.sending;
  }

  async sendAll() {
    while (this.waiting.size) {
      const [first] = [...this.waiting.values()].sort((one, other) => one.at - other.at);
      const batch = [...this.waiting.values()].filter((scan) => scan.to === first.to)
        .sort((one, other) => one.at - other.at).slice(0, this.most);
      if (!(await this.send(first.to, batch))) return;
    }
    this.say("sent");
  }

  async send(to, batch) {
    let answer;
    const scans = batch.map(({ nonce, code, direction, at, offset }) => ({ nonce, code, direction, at, offset }));
    try {
      answer = await fetch(to, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token() },
        body: JSON.stringify({ scans }),
        signal: AbortSignal.timeout(PATIENCE + 100 * batch.length),
      });
      if (answer.redirected || [401, 403, 404].includes(answer.status)) { this.say("signedout"); return false; }
      if (answer.status === 400) return this.refused(batch);
      if (!answer.ok) { this.say("cut"); return false; }
      const told = await answer.json();
      for (const one of told.answers) this.settle(one.nonce, one);
      this.say("online", told);
      return true;
    } catch {
      this.say("cut");
      return false;
    }
  }

  // A token that has run out is fetched afresh by whoever hears "stale"; a scan that cannot be read holds up no other.
  refused(batch) {
    if (!this.renewed) {
      this.renewed = true;
      this.say("stale");
      return false;
    }
    this.renewed = false;
    if (batch.length > 1) this.most = 1;
    else this.settle(batch[0].nonce, { verdict: "unknown", detail: "" });
    return true;
  }

  settle(nonce, told) {
    const scan = this.waiting.get(nonce);
    this.waiting.delete(nonce);
    try { localStorage.removeItem(this.prefix + nonce); } catch { /* it was never kept */ }
    if (scan) this.say("answered", { scan, told });
    this.renewed = false;
    this.changed();
  }

  changed() { this.say("changed"); }

  say(event, detail) { this.dispatchEvent(new CustomEvent(event, { detail })); }
}

function keys() {
  try { return Object.keys(localStorage); } catch { return []; }
}
