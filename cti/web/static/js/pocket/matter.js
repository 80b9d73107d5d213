/* The one line that matters most while the phone rings. Pure. */

import { daysUntil } from "../formats.js";

const SOON = 30; // days: a journey that near is what people call about

/** `{kind, text, date, days}` of a card, or null. An open complaint before a journey at hand, a request, the last word. */
export function matterOf(card, now = new Date()) {
  if (!card) return null;
  const open = (matters) => matters.find((matter) => matter.state !== "closed");
  const complaint = open(card.complaints);
  if (complaint) return { kind: "complaint", text: complaint.text, date: complaint.date };
  const trips = card.orders
    .filter((order) => order.starts && !["cancelled", "done"].includes(order.state))
    .map((order) => ({ kind: "trip", text: order.title, date: order.starts, days: daysUntil(order.starts, now) }))
    .filter(({ days }) => days >= 0 && days <= SOON)
    .sort((one, other) => one.days - other.days);
  if (trips.length) return trips[0];
  const request = open(card.requests);
  if (request) return { kind: "request", text: request.text, date: request.date };
  const last = card.interactions.find(({ text, missed }) => text && !missed);
  return last ? { kind: "contact", text: last.text, date: last.date } : null;
}
