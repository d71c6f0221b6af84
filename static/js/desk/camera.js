// Reads QR codes from the camera: with what the browser has, else with a decoder in WebAssembly that we serve.
const PAUSE = 120;

export async function open(video, read, { script, wasm }) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false, video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  video.srcObject = stream;
  await video.play();
  const detector = await makeDetector(script, wasm);
  const lock = await navigator.wakeLock?.request("screen").catch(() => null);
  let running = true;
  (async () => {
    while (running) {
      try {
        for (const code of await detector.detect(video)) if (code.rawValue) read(code.rawValue);
      } catch { /* a frame that cannot be read yet */ }
      await new Promise((wake) => setTimeout(wake, PAUSE));
    }
  })();
  return () => {
    running = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    lock?.release().catch(() => {});
  };
}

async function makeDetector(script, wasm) {
  const formats = ["qr_code"];
  const own = globalThis.BarcodeDetector;
  if (own && (await own.getSupportedFormats()).includes("qr_code")) return new own({ formats });
  if (!globalThis.BarcodeDetectionAPI) await load(script);
  const api = globalThis.BarcodeDetectionAPI;
  await api.prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return new api.BarcodeDetector({ formats });
}

function load(address) {
  return new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = loaded;
    script.onerror = failed;
    document.head.append(script);
  });
}
