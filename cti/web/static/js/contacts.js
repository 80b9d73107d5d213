/* A card's contacts in words: the last real one, and the calls without an answer that the server took together. */

import { clockTime, dayOf, dueTime } from "./formats.js";
import { t } from "./texts.js";

/** `{last, missed}`: the last talk, message, visit or note, and the row of missed calls since then; either may be
    undefined. `linkedid`: the call that is looked at, which is no former contact. */
export function lastContact(contacts, linkedid) {
  const others = contacts.filter((one) => one.missed || one.channel !== "phone" || !linkedid || one.linkedid !== linkedid);
  const at = others.findIndex((one) => !one.missed);
  const since = at < 0 ? others : others.slice(0, at);
  return { last: others[at], missed: since.find(({ missed, direction }) => missed && direction === "in") };
}

/** What a row says; a talk that nobody filed has no text. */
export function contactText({ text, missed, direction }) {
  if (!missed) return text;
  if (direction === "out") return missed > 1 ? t("Called ×{n}, nobody answered", { n: missed }) : t("Called, nobody answered");
  return missed > 1 ? t("Missed calls ×{n}", { n: missed }) : t("Missed call");
}

/** From the first to the latest of them; the days when they are not of one. */
export function missedSpan({ date, since }) {
  if (!since) return dueTime(date);
  return `${dueTime(since)}–${dayOf(since) === dayOf(date) ? clockTime(date) : dueTime(date)}`;
}
