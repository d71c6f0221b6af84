// The check-in page's own worker: brings the page back when it is loaded again without network. It keeps nothing by
// itself and answers only for what the page has put into the cache.
const CACHE = "billet-desk";
const PATIENCE = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method === "GET" && origin === location.origin && !pathname.endsWith(".json")) event.respondWith(answer(event.request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (!kept) return fetch(request);
  try {
    const fresh = await Promise.race([fetch(request), late()]);
    if (fresh.ok && fresh.type === "basic" && !fresh.redirected) await cache.put(request, fresh.clone());
    return fresh.status >= 500 ? kept : fresh;
  } catch { return kept; }
}

function late() {
  return new Promise((_, fail) => setTimeout(() => fail(new Error("late")), PATIENCE));
}
