/* The page's service worker: shows notices that the daemon pushes, and lets the page open while the network is away.
   Network first, and only for the page and its files: nothing of a caller, a call or a link is ever kept. */

const SHELL = "ringward-shell-1";
const KEPT = /^\/(static\/.*)?$/;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || !KEPT.test(url.pathname) || url.search) return;
  event.respondWith(networkFirst(request));
});

async function networkFirst(request) {
  const shell = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.type === "basic") await shell.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await shell.match(request);
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    // A push that is none of ours still has to be shown: browsers withdraw the right from pages that stay silent.
  }
  const { text = "Ringward", link = "/", tag = "ringward" } = told;
  event.waitUntil(
    self.registration.showNotification(text, {
      tag,
      icon: "/static/icons/ringward-192.png",
      badge: "/static/icons/ringward-192.png",
      requireInteraction: true,
      vibrate: [400, 200, 400],
      data: { link },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = new URL(event.notification.data?.link ?? "/", location.origin);
  if (link.origin === location.origin) event.waitUntil(self.clients.openWindow(link.href));
});
