/* Where one is in the administration: addresses, going from one to another, and not losing what is unsaved.
   Knows no component. */

const ROOT = "/admin";
const changes = new EventTarget();
const unsaved = new Set();
let waiting = null;

/** The view and what it shows: `/admin/people/101` is `["people", "101"]`. */
export function place() {
  const parts = location.pathname.slice(ROOT.length).split("/").filter(Boolean).map(decodeURIComponent);
  return parts.length ? parts : ["people"];
}

/** The address of a place. */
export function address(...parts) {
  return [ROOT, ...parts.map(encodeURIComponent)].join("/");
}

/** Go there, unless something is unsaved: then it is asked about first. */
export function go(...parts) {
  const to = address(...parts);
  if (unsaved.size) {
    waiting = to;
    changes.dispatchEvent(new Event("change"));
    return;
  }
  move(to);
}

/** For links: a plain click goes there within the page. */
export function follow(...parts) {
  return (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(...parts);
  };
}

/** Whether somebody wanted to go while something is unsaved. */
export function isWaiting() {
  return waiting !== null;
}

/** Go after all, and lose it. */
export function leave() {
  unsaved.clear();
  const to = waiting;
  waiting = null;
  if (to) move(to);
}

/** Stay, and go on with it. */
export function stay() {
  waiting = null;
  changes.dispatchEvent(new Event("change"));
}

/** Say whether `who` (anything) has something unsaved. */
export function holdUnsaved(who, has) {
  if (has) unsaved.add(who);
  else unsaved.delete(who);
}

/** Call `listener` when the place, or the wish to leave it, changes; the returned function ends it. */
export function onPlace(listener) {
  changes.addEventListener("change", listener);
  return () => changes.removeEventListener("change", listener);
}

function move(to) {
  history.pushState(null, "", to);
  shown = to;
  changes.dispatchEvent(new Event("change"));
  scrollTo(0, 0);
}

let shown = location.pathname;

addEventListener("popstate", () => {
  if (unsaved.size) {
    waiting = location.pathname;
    history.pushState(null, "", shown);
  } else {
    shown = location.pathname;
  }
  changes.dispatchEvent(new Event("change"));
});

addEventListener("beforeunload", (event) => {
  if (unsaved.size) event.preventDefault();
});
