/* Codes of the protocol and of the card -> the words of `cti.wording`, so that page, command line and report agree.
   An unknown code is shown as it came, never hidden. */

import { currentLanguage, t } from "./texts.js";

function word(table, code) {
  return Object.hasOwn(table, code) ? table[code]() : (code ?? "");
}

/** With a capital where a label begins, in languages that have them. */
export function label(text) {
  return currentLanguage() === "en" ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

const PRESENCE = {
  available: () => t("available"),
  away: () => t("away"),
  dnd: () => t("do not disturb"),
  ringing: () => t("ringing"),
  on_call: () => t("on a call"),
  wrap_up: () => t("in wrap-up"),
  on_leave: () => t("on leave"),
  offline: () => t("offline"),
};

/** Reasons to be away that have a word; any other is somebody's own text. */
export const AWAY_REASONS = ["lunch", "meeting", "training"];

const AWAY = {
  lunch: () => t("lunch"),
  meeting: () => t("in a meeting"),
  training: () => t("in training"),
};

const PHONES = {
  desk: () => t("desk"),
  mobile: () => t("mobile"),
};

const REASONS = {
  answered: () => t("answered"),
  no_answer: () => t("no answer"),
  busy: () => t("busy"),
  declined: () => t("declined"),
  offline: () => t("phone not registered"),
  dnd: () => t("do not disturb"),
  not_accepted: () => t("picked up, not accepted"),
  caller_hung_up: () => t("caller hung up"),
  trunk_error: () => t("carrier could not connect"),
  answered_elsewhere: () => t("answered on another phone"),
  transferred: () => t("transferred"),
  barred: () => t("number that is not called from here"),
  completed: () => t("call over"),
  lost: () => t("ended while this page was offline"),
};

const MATCHES = {
  number: () => t("the customer's number"),
  old_number: () => t("a number the customer used to have"),
  household: () => t("someone of the same household"),
  account: () => t("the customer's company"),
  chosen: () => t("chosen by hand"),
};

const ORDERS = {
  quoted: () => t("quoted"),
  booked: () => t("booked"),
  paid: () => t("paid"),
  done: () => t("done"),
  cancelled: () => t("cancelled"),
};

const MATTERS = {
  open: () => t("open"),
  in_progress: () => t("in progress"),
  closed: () => t("closed"),
};

const CHANNELS = {
  phone: () => t("phone"),
  note: () => t("note"),
  web: () => t("web"),
  mail: () => t("e-mail"),
  line: () => t("LINE"),
  face: () => t("in person"),
  fax: () => t("fax"),
  sms: () => t("text message"),
};

const HISTORY = {
  order: () => t("order"),
  payment: () => t("payment"),
  complaint: () => t("complaint"),
  request: () => t("request"),
};

const METHODS = {
  cash: () => t("cash"),
  card: () => t("card"),
  transfer: () => t("bank transfer"),
  cheque: () => t("cheque"),
  mobile: () => t("mobile payment"),
  account: () => t("on account"),
  voucher: () => t("voucher"),
  other: () => t("other"),
};

const ROLES = {
  member: () => t("member"),
  traveller: () => t("traveller"),
  booker: () => t("booker"),
  payer: () => t("payer"),
};

const CALLS = {
  asking: () => t("asking who rings"),
  ringing: () => t("ringing"),
  talking: () => t("talking"),
  ended: () => t("ended"),
};

const DOINGS = {
  opened: () => t("missed call"),
  missed_again: () => t("missed again"),
  brief: () => t("spoke too briefly to count"),
  late: () => t("overdue"),
  escalated: () => t("passed on because it is overdue"),
  kept: () => t("called back"),
  closed: () => t("closed by hand"),
  reopened: () => t("owed again"),
  assigned: () => t("given to another"),
  noted: () => t("noted"),
};

const KINDS = {
  person: () => t("person"),
  company: () => t("company"),
  household: () => t("household"),
};

const WHYS = {
  owner_desk: () => t("You look after this customer"),
  owner_mobile: () => t("You look after this customer"),
  owner_both: () => t("You look after this customer"),
  direct_desk: () => t("Your direct number was dialled"),
  direct_mobile: () => t("Your direct number was dialled"),
  direct_both: () => t("Your direct number was dialled"),
  deputy_desk: (name) => (name ? t("You stand in for {name}", { name }) : t("You are the deputy")),
  deputy_mobile: (name) => (name ? t("You stand in for {name}", { name }) : t("You are the deputy")),
  deputy_both: (name) => (name ? t("You stand in for {name}", { name }) : t("You are the deputy")),
  team_group: () => t("Your team looks after such customers"),
  overflow: () => t("Nobody before answered: your group helps out"),
  on_duty: () => t("You are on duty: the firm is closed"),
  closed_group: () => t("The firm is closed: your group answers"),
  number_group: () => t("Your group answers this number"),
  last_resort: () => t("Nobody before answered: the whole group rings"),
  all_agents: () => t("Nobody could be rung: every phone rings"),
};

const BECAUSE = {
  tier: () => t("as the customer's tier has it"),
  trip: () => t("the customer is travelling or leaves within 72 hours"),
  complaint: () => t("who the customer has an open complaint about is not rung"),
  later: () => t("who is away from the desk or in wrap-up rings after the others"),
};

export const presenceWord = (code) => word(PRESENCE, code);
export const awayWord = (code) => word(AWAY, code);
export const promiseDoing = (code) => word(DOINGS, code);
export const phoneWord = (code) => word(PHONES, code);
export const reasonWord = (code) => word(REASONS, code);
export const matchWord = (code) => word(MATCHES, code);

/** Why it is probably this one of several: what people said of earlier calls. */
export const probablyWord = ({ times, calls, since, until }) =>
  since === null
    ? t("Probably: {times} of {calls} calls so far", { times, calls })
    : t("Probably: {times} of {calls} calls between {since}:00 and {until}:00", { times, calls, since, until });
export const orderWord = (code) => word(ORDERS, code);
export const matterWord = (code) => word(MATTERS, code);
export const historyWord = (code) => word(HISTORY, code);
export const methodWord = (code) => word(METHODS, code);
export const channelWord = (code) => word(CHANNELS, code);
export const roleWord = (code) => word(ROLES, code);
/** A call's state; whom one calls oneself is being called, and does not ring here. */
export const callWord = (code, direction) => (code === "ringing" && direction === "outbound" ? t("calling") : word(CALLS, code));
export const kindWord = (code) => word(KINDS, code);

/** Why it rings here (`deputy_desk+complaint`); `absent` is who a deputy stands in for, by name. */
export function whyWord(codes, absent) {
  const [code, ...because] = String(codes ?? "").split("+");
  const reason = Object.hasOwn(WHYS, code) ? WHYS[code](absent) : code;
  return [reason, ...because.map((one) => word(BECAUSE, one))].join(" · ");
}

/** Which phone an attempt rang: a deputy's or a group's says desk or mobile by its endpoint. */
export function attemptPhone(kind, endpoint) {
  if (Object.hasOwn(PHONES, kind)) return phoneWord(kind);
  const resource = String(endpoint ?? "").replace(/^.*[/:]/, "").replace(/@.*$/, "");
  return phoneWord(/^\+?\d{8,}$/.test(resource) ? "mobile" : "desk");
}
