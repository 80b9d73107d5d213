/* A change of the set-up in words: whose and what it is by name with the code beside it, values as people say them.
   Pure but for the reader's language; who is who comes from `names`. */

import { listed, phoneNumber } from "../formats.js";
import { t } from "../texts.js";
import { presenceWord } from "../words.js";
import { roleWord, subjectWord, valueWord } from "./words.js";

/** How a field without a value is written. */
export const NONE = "–";

const PEOPLE = new Set(["deputy", "agent", "agent_code", "members", "stand_in"]);
const GROUPS = new Set(["group_code", "closed_group", "overflow_group", "groups"]);
const NUMBERS = new Set(["e164", "mobile", "direct"]);

const DAYS = { holiday: () => t("not open"), workday: () => t("workday") };
const SOURCES = { firm: () => t("our own"), official: () => t("official calendar") };
const WAITING = {
  off: () => t("nothing but the ringing"),
  told: () => t("that somebody is sought"),
  offer: () => t("an offer of a call back on key 1"),
  company: () => t("as for the company"),
};
const TONGUES = { zh: () => t("in Mandarin"), en: () => t("in English"), "zh-Hant": () => t("in Mandarin") };
const SHOWS = { company: () => t("the firm's number"), direct: () => t("their direct number") };

const WORDS = { kind: DAYS, source: SOURCES, waiting: WAITING, waiting_language: TONGUES, language: TONGUES, shows: SHOWS };

const empty = (value) => value === null || value === undefined || value === "" || value === false || (Array.isArray(value) && !value.length);

/** What was changed: `Person 小林 101`, `Telephone number 02-5550-1000 總機`. */
export function thingWords(names, { subject, key, before, after }) {
  return `${subjectWord(subject)} ${named(names, subject, key, after ?? before ?? {})}`;
}

function named(names, subject, key, state) {
  if (subject === "agent") return names.person(key);
  if (subject === "login") return names.login(key);
  if (subject === "group") return names.group(key);
  if (subject === "service") return names.service(key);
  if (subject === "number") return [phoneNumber(key), state.label || names.numbers.get(key)].filter(Boolean).join(" ");
  if (subject === "leave") return names.person(state.agent_code) || key;
  if (subject === "duty") return [names.group(state.group_code), names.person(state.agent_code)].filter(Boolean).join(" ") || key;
  if (subject === "day") return [key.slice(0, 10), state.name].filter(Boolean).join(" ");
  return valueWord(key);
}

/** The fields that say something: of what is new or gone not those that are empty, nor the code in its title. */
export function tellingFields({ key, fields, before, after }) {
  if (before && after) return fields;
  return fields.filter((one) => !empty(before ? one.before : one.after) && (before ? one.before : one.after) !== key);
}

/** A field's value as people say it; a code of a person, group or service by its name with the code beside. */
export function fieldValue(names, field, value) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) return NONE;
  if (field === "teams") return listed(value.map(([tier, kind, group]) => `${[tier, kind].filter(Boolean).join(" ")} → ${names.group(group)}`));
  if (Array.isArray(value)) return listed(value.map((one) => fieldValue(names, field, one)));
  if (PEOPLE.has(field)) return names.person(value);
  if (GROUPS.has(field)) return names.group(value);
  if (field === "service_code") return names.service(value);
  if (field === "role") return roleWord(value);
  if (field === "presence") return presenceWord(value);
  if (NUMBERS.has(field)) return phoneNumber(value);
  const words = WORDS[field];
  return words && Object.hasOwn(words, value) ? words[value]() : valueWord(value);
}
