/* Opening hours between the server's text, `Mon-Fri 09:00-18:00; Sat 09:00-12:30`, and seven days of spans. Pure. */

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** The server's own text as seven lists of `[from, to]`, Monday first. */
export function spansOf(text) {
  const days = WEEKDAYS.map(() => []);
  for (const part of (text ?? "").split(";")) {
    const [names, times] = part.trim().split(" ");
    if (!times) continue;
    const [first, last] = names.split("-").map((one) => WEEKDAYS.indexOf(one));
    for (let day = first; day <= (last ?? first); day += 1) days[day] = times.split(",").map((one) => one.split("-"));
  }
  return days;
}

/** Seven lists of spans as text; what is empty is left out. */
export function textOf(days) {
  return days
    .map((spans, day) => (spans.length ? `${WEEKDAYS[day]} ${spans.map(([from, to]) => `${from || "?"}-${to || "?"}`).join(",")}` : ""))
    .filter(Boolean)
    .join("; ");
}

/** Minutes since midnight. */
export function minutes(time) {
  const [hours, rest] = time.split(":").map(Number);
  return hours * 60 + rest;
}
