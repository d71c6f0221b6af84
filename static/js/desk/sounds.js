// A sound for each verdict, made here: [frequency in Hz, seconds] one after the other; 0 Hz is a rest.
const TUNES = {
  welcome: [[660, 0.1], [880, 0.16]],
  reentry: [[660, 0.08], [880, 0.08], [1100, 0.12]],
  out: [[880, 0.1], [660, 0.16]],
  already: [[520, 0.12], [0, 0.06], [520, 0.12]],
  offered: [[440, 0.1], [554, 0.1], [440, 0.14]],
  waiting: [[440, 0.3], [415, 0.3]],
  pending: [[392, 0.12], [0, 0.05], [392, 0.12], [0, 0.05], [392, 0.12]],
  wrong_day: [[330, 0.15], [440, 0.15], [330, 0.2]],
  not_signed: [[349, 0.15], [294, 0.15], [247, 0.25]],
  declined: [[262, 0.2], [220, 0.3]],
  cancelled: [[220, 0.5]],
  revoked: [[247, 0.15], [0, 0.06], [247, 0.15], [196, 0.3]],
  elsewhere: [[196, 0.2], [0, 0.08], [294, 0.2]],
  unknown: [[165, 0.15], [0, 0.08], [165, 0.35]],
  undone: [[440, 0.08], [330, 0.12]],
};
const FRIENDLY = new Set(["welcome", "reentry", "out", "undone"]);
const KEPT = "billet-desk-muted";
let context;

export function isMuted() {
  try { return localStorage.getItem(KEPT) === "yes"; } catch { return false; }
}

export function mute(muted) {
  try { localStorage.setItem(KEPT, muted ? "yes" : "no"); } catch { /* it lasts for this page then */ }
}

export function play(verdict) {
  if (isMuted() || !(verdict in TUNES) || typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  let at = context.currentTime + 0.01;
  for (const [frequency, seconds] of TUNES[verdict]) {
    if (frequency) note(frequency, at, seconds, FRIENDLY.has(verdict) ? "sine" : "square");
    at += seconds;
  }
}

function note(frequency, at, seconds, shape) {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.type = shape;
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(shape === "sine" ? 0.4 : 0.15, at + 0.01);
  volume.gain.setTargetAtTime(0, at + seconds - 0.03, 0.01);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + seconds + 0.05);
}
