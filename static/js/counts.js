// [data-counts=address]: asks every few seconds how many came, and writes the numbers into [data-place] [data-number].
// Whoever wants to know hears "counted" (with the answer) or "uncounted" on the document; "recount" asks at once.
const PAUSE = 5000;
const PAUSE_WHEN_AWAY = 20000;

let recount = () => {};
document.addEventListener("recount", () => recount());

const asking = document.querySelector("[data-counts]");
if (asking) watch(asking.dataset.counts);

async function watch(address) {
  for (;;) {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PAUSE) });
      if (answer.ok && !answer.redirected) show(await answer.json());
      else say("uncounted", { signedOut: answer.redirected || answer.status === 403 });
    } catch { say("uncounted", { signedOut: false }); }
    await new Promise((wake) => {
      recount = wake;
      setTimeout(wake, document.hidden ? PAUSE_WHEN_AWAY : PAUSE);
    });
  }
}

function show(counted) {
  for (const [list, name] of [[counted.places, "place"], [counted.points, "point"]]) {
    for (const count of list) {
      const key = name === "place" ? `${count.kind}-${count.key}` : `point-${count.key}`;
      for (const part of document.querySelectorAll(`[data-place="${key}"] [data-number]`)) {
        const number = count[part.dataset.number];
        if (number !== null && part.textContent !== String(number)) part.textContent = String(number);
      }
      for (const bar of document.querySelectorAll(`[data-place="${key}"] progress`)) bar.value = count.today;
    }
  }
  say("counted", counted);
}

function say(event, detail) { document.dispatchEvent(new CustomEvent(event, { detail })); }
