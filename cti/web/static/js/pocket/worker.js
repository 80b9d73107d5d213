/* Registers the service worker, which makes the page installable and shows pushed notices. A browser without it, or one
   that forbids it, loses nothing else. */

export const worker =
  "serviceWorker" in navigator ? navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch(() => null) : Promise.resolve(null);
