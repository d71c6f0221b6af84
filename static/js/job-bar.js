// [data-job=address]: asks how far a job is until it is over, then shows the page afresh.
const PAUSE = 1000;
const PAUSE_WHEN_AWAY = 5000;

for (const bar of document.querySelectorAll("[data-job]")) watch(bar);

async function watch(bar) {
  const progress = bar.querySelector("progress");
  const message = bar.querySelector("[data-job-message]");
  const state = bar.querySelector("[data-job-state]");
  const words = JSON.parse(state.dataset.words);
  for (;;) {
    await new Promise((wake) => setTimeout(wake, document.hidden ? PAUSE_WHEN_AWAY : PAUSE));
    let job;
    try {
      const answer = await fetch(bar.dataset.job, { headers: { Accept: "application/json" } });
      if (answer.status === 403 || answer.status === 404) return;
      if (!answer.ok) continue;
      job = await answer.json();
    } catch { continue; }
    if (job.over) return location.reload();
    if (job.total) {
      progress.max = job.total;
      progress.value = job.done;
    }
    message.textContent = [job.total ? `${job.done} / ${job.total}` : "", job.message].filter(Boolean).join(" ");
    state.firstElementChild.textContent = words[job.state] ?? job.state;
    state.firstElementChild.className = `state state-${job.state}`;
  }
}
