/* What a key press is meant for. Must not know what any key does: components say that. */

/** Whether an input method is putting a character together: then every key, Enter and Escape too, is the method's.
 *  229 is what a browser says of a key that the method took before the page saw it. */
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}

/** Whether what is typed goes into a field. */
export function typing(event) {
  const [target] = event.composedPath();
  return target instanceof Element && (target.matches("input, textarea, select") || target.isContentEditable);
}

/** `/`, `?` and the like: a sign alone, typed outside every field. Nothing here may do harm: a cat does it too. */
export function isSign(event, sign) {
  return event.key === sign && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event) && !composing(event);
}

/** Ctrl (or, on a Mac, Command) with a letter. */
export function isChord(event, letter) {
  const held = event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey;
  return held && event.key.toLowerCase() === letter && !composing(event);
}

/** Alt with a letter, by the key's place: with Alt a Mac's keyboard writes other letters. */
export function isAlt(event, letter) {
  const held = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  return held && event.code === `Key${letter.toUpperCase()}` && !composing(event);
}

/** Where an arrow key leads in a list of `count`, from `at` (-1: before it); null when it is no such key. */
export function arrowStep(event, at, count) {
  if (composing(event) || !count) return null;
  if (event.key === "ArrowDown") return Math.min(count - 1, at + 1);
  if (event.key === "ArrowUp") return Math.max(0, at - 1);
  if (event.key === "Home" && !typing(event)) return 0;
  if (event.key === "End" && !typing(event)) return count - 1;
  return null;
}
