/* Numbers, times and money as people here read them. Pure but for the reader's language and the firm's time zone:
   a colleague who travels reads the same hours as those who stayed. */

import { currentLanguage } from "./texts.js";

const LOCALES = { "zh-Hant": "zh-TW", en: "en-GB" };
const formatters = new Map();
let firmZone; // the browser's own until the session says

/** Show times in this IANA zone from now on. */
export function useZone(zone) {
  firmZone = zone;
}

function dates(options, timeZone = firmZone) {
  const key = `${currentLanguage()} ${timeZone} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat(LOCALES[currentLanguage()], { ...options, timeZone }));
  return formatters.get(key);
}

/** The firm's calendar day at an instant: `2026-11-23`. */
export function dayOf(instant) {
  const key = `day ${firmZone}`;
  const shape = { year: "numeric", month: "2-digit", day: "2-digit", timeZone: firmZone };
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat("sv-SE", shape));
  return formatters.get(key).format(new Date(instant));
}

/* A day without an hour is the same day everywhere: noon of it in no zone but UTC. */
function noon(date) {
  return new Date(`${date}T12:00:00Z`);
}

/** A telephone number as it is written in Taiwan (`0933-000-222`, `02-5550-1000`); others as they came. */
export function phoneNumber(number) {
  const national = /^(?:\+886|0)([1-9]\d{7,8})$/.exec(number || "");
  if (!national) return number || "";
  const digits = `0${national[1]}`;
  if (digits.startsWith("09")) return `${digits.slice(0, 4)}-${digits.slice(4, 7)}-${digits.slice(7)}`;
  const area = /^0(37|49|89|82|826|836)/.test(digits) ? 3 : 2;
  const rest = digits.slice(area);
  return `${digits.slice(0, area)}-${rest.slice(0, rest.length - 4)}-${rest.slice(-4)}`;
}

/** `14:05` */
export function clockTime(instant) {
  return dates({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(instant));
}

/** A day, without the year when it is this one: `11/20`, `2024/3/9`; in English `20 Nov`. */
export function day(instant, now = new Date()) {
  const date = typeof instant === "string" && instant.length === 10 ? instant : dayOf(instant);
  const month = currentLanguage() === "zh-Hant" ? "numeric" : "short";
  const year = date.slice(0, 4) === dayOf(now).slice(0, 4) ? undefined : "numeric";
  return dates({ year, month, day: "numeric" }, "UTC").format(noon(date));
}

/** A day with its weekday, for what lies ahead: `12/5 週六`, `Sat 5 Dec`. */
export function dayAhead(date, now = new Date()) {
  const weekday = dates({ weekday: "short" }, "UTC").format(noon(date));
  return currentLanguage() === "en" ? `${weekday} ${day(date, now)}` : `${day(date, now)} ${weekday}`;
}

/** Whole days from the firm's today until a date; negative when it has passed. */
export function daysUntil(date, now = new Date()) {
  return Math.round((noon(date) - noon(dayOf(now))) / 86_400_000);
}

/** `15:30`, with the day before it when it is not today. */
export function dueTime(instant, now = new Date()) {
  return dayOf(instant) === dayOf(now) ? clockTime(instant) : `${day(instant, now)} ${clockTime(instant)}`;
}

/** A running time as `0:07`, `12:31`, `1:02:10`. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The way to address someone, unless the name on file has one already (`陳太太`). */
export function addressedAs({ name, title }) {
  return title && !name.endsWith(title) && !/(先生|太太|小姐|女士)$/.test(name) ? title : "";
}

/** Words one after the other. */
export function listed(words) {
  return words.join(currentLanguage() === "en" ? ", " : "\u3001");
}

/** Whole New Taiwan dollars: `NT$128,000`. */
export function money(amount) {
  return `NT$${new Intl.NumberFormat("en").format(amount)}`;
}
