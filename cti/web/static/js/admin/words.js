/* Codes of the set-up -> words: subjects, fields, roles, values. An unknown code is shown as it came. */

import { clockTime, day, listed, phoneNumber } from "../formats.js";
import { t } from "../texts.js";
import { WEEKDAYS } from "./week-text.js";

export const word = (table, code) => (Object.hasOwn(table, code) ? table[code]() : (code ?? ""));

const SUBJECTS = {
  agent: () => t("Person"),
  group: () => t("Group"),
  hours: () => t("Opening hours"),
  service: () => t("Service"),
  number: () => t("Telephone number"),
  tier: () => t("Tier"),
  day: () => t("Day"),
  leave: () => t("Leave"),
  duty: () => t("Duty"),
  login: () => t("Log-in"),
};

const FIELDS = {
  name: () => t("Name"),
  nickname: () => t("Nickname"),
  department: () => t("Department"),
  extension: () => t("Desk extension"),
  mobile: () => t("Mobile"),
  deputy: () => t("Deputy"),
  desk_seconds: () => t("Desk rings (s)"),
  mobile_seconds: () => t("Mobile rings (s)"),
  deputy_seconds: () => t("Desk rings when standing in (s)"),
  profile: () => t("Phones"),
  steps: () => t("Own chain"),
  active: () => t("Takes calls"),
  presence: () => t("Presence"),
  direct: () => t("Direct number"),
  groups: () => t("Groups"),
  members: () => t("Members"),
  seconds: () => t("Seconds"),
  weekly: () => t("Opening hours"),
  zone: () => t("Time zone"),
  region: () => t("Public holidays of"),
  group_code: () => t("Group"),
  hours_code: () => t("Opening hours"),
  closed_group: () => t("While closed"),
  overflow_group: () => t("Overflow"),
  service_code: () => t("Service"),
  agent_code: () => t("Person"),
  teams: () => t("Teams"),
  label: () => t("Label"),
  together: () => t("Desk and mobile together"),
  tier: () => t("Tier"),
  kind: () => t("Kind"),
  day: () => t("Day"),
  source: () => t("Source"),
  starts: () => t("Starts"),
  ends: () => t("Ends"),
  role: () => t("Role"),
  agent: () => t("Person"),
  password: () => t("Password"),
  shows: () => t("Number that is shown"),
  waiting: () => t("While waiting"),
  waiting_seconds: () => t("Every so many seconds"),
  waiting_language: () => t("Language"),
  waiting_answered: () => t("Answer the call for it"),
  e164: () => t("Telephone number"),
  numbers: () => t("Telephone number"),
  preferences: () => t("Preference"),
  title: () => t("Title"),
  owner: () => t("Owner"),
  email: () => t("E-mail"),
  address: () => t("Address"),
  terms: () => t("Payment terms"),
  language: () => t("Language"),
  amount: () => t("Amount"),
  discount: () => t("Discount"),
  margin: () => t("Margin"),
  state: () => t("State"),
  placed: () => t("Ordered"),
  due: () => t("Due"),
  method: () => t("Way of paying"),
  text: () => t("Text"),
  note: () => t("Note"),
  code: () => t("Code"),
  choices: () => t("Choices"),
  ask: () => t("Asked for"),
};

const ROLES = {
  agent: () => t("agent"),
  lead: () => t("team lead"),
  manager: () => t("manager"),
  admin: () => t("administrator"),
  auditor: () => t("auditor"),
};

const PROFILES = {
  "desk-and-mobile": () => t("desk and mobile"),
  "mobile-only": () => t("mobile only"),
};

const CLOSED = {
  holiday: () => t("public holiday"),
  hours: () => t("outside opening hours"),
};

const PHONES = {
  desk: () => t("desk"),
  mobile: () => t("mobile"),
  both: () => t("desk and mobile together"),
};

const IMPORTS = {
  customers: () => t("customers"),
  orders: () => t("orders"),
  payments: () => t("payments"),
  interactions: () => t("messages"),
};

const LEFT = {
  changed: () => t("somebody changed it since"),
  used: () => t("others hang on it"),
  gone: () => t("it is gone"),
};

const DAYS = [() => t("Mon"), () => t("Tue"), () => t("Wed"), () => t("Thu"), () => t("Fri"), () => t("Sat"), () => t("Sun")];

/** A day of the week, Monday being 0. */
export const weekdayWord = (day) => DAYS[day]();

/** The server's text of opening hours, `Mon-Fri 09:00-18:00`, as it is read. */
export const weekWords = (text) =>
  (text ?? "")
    .replace(/\bdaily\b/g, t("daily"))
    .replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b/g, (name) => weekdayWord(WEEKDAYS.indexOf(name)))
    .replace(/-/g, "\u2013");

export const ROLE_CODES = ["agent", "lead", "manager", "admin", "auditor"];

export const IMPORT_KINDS = Object.keys(IMPORTS);

export const subjectWord = (code) => word(SUBJECTS, code);
export const fieldWord = (code) => word(FIELDS, code);

/** The same of anything: what is no person is called something, and has nobody's name. */
export const thingFieldWord = (subject, code) => (code === "name" && subject !== "agent" ? t("What it is called") : fieldWord(code));
export const roleWord = (code) => word(ROLES, code);
export const profileWord = (code) => word(PROFILES, code);
export const closedWord = (code) => word(CLOSED, code);
export const ringWord = (code) => word(PHONES, code);
export const importKindWord = (code) => word(IMPORTS, code);
export const leftWord = (code) => word(LEFT, code);

/** A field that an undoing left, with the number or the preference that is meant: `numbers +886933000222`. */
export function leftField(text) {
  const [code, ...rest] = text.split(" ");
  return [fieldWord(code), phoneNumber(rest.join(" "))].filter(Boolean).join(" ");
}

/** A value of any field, readable: lists joined, numbers written as here, nothing as a dash. */
export function valueWord(value) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) return "–";
  if (value === true) return t("yes");
  if (value === false) return t("no");
  if (Array.isArray(value)) return listed(value.map((one) => (Array.isArray(one) ? one.filter(Boolean).join(" ") : valueWord(one))));
  if (value === "changed") return t("changed");
  if (typeof value === "string" && Object.hasOwn(PROFILES, value)) return profileWord(value);
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return `${day(value)} ${clockTime(value)}`;
  return typeof value === "string" ? phoneNumber(value) : String(value);
}
