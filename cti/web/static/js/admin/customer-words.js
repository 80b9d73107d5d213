/* Codes of what is known of customers -> words: why two are alike, and what is held on one. */

import { listed } from "../formats.js";
import { t } from "../texts.js";
import { word } from "./words.js";

const LIKENESS = {
  identity: () => t("same identity number"),
  number: () => t("same telephone number"),
  number_family: () => t("same telephone number, other name"),
  mail: () => t("same e-mail address"),
  name: () => t("same name"),
  short_name: () => t("same short name"),
  romanised: () => t("same name in Latin letters"),
  surname: () => t("same surname, one with a title only"),
  address: () => t("same address"),
};

const FIELD_KINDS = {
  text: () => t("text"),
  number: () => t("number"),
  date: () => t("date"),
  choice: () => t("one of several"),
  yesno: () => t("yes or no"),
};

const KEPT_KINDS = {
  calls: () => t("calls and their legs"),
  interactions: () => t("interactions"),
  promises: () => t("promises that are over"),
  pocket_cards: () => t("links of pocket cards"),
  call_plans: () => t("plans of calls"),
  notices: () => t("notices that were sent"),
  waiting_messages: () => t("messages whose owner is settled"),
  outgoing_messages: () => t("messages that were sent or cancelled"),
  customer_notices: () => t("what other systems were told"),
};

/* Tables of the database, as `cti.wording` names what is held on a person. */
const HELD = {
  customers: () => t("the record"),
  customer_numbers: () => t("numbers"),
  customer_relations: () => t("relations"),
  calls: () => t("calls"),
  call_legs: () => t("legs of calls"),
  call_plans: () => t("plans of calls"),
  wrap_ups: () => t("wrap-ups"),
  interactions: () => t("interactions"),
  matters: () => t("complaints and requests"),
  orders: () => t("orders"),
  payments: () => t("payments"),
  preferences: () => t("preferences and facts"),
  customer_worth: () => t("worth"),
  customer_merges: () => t("merged records"),
  identity_numbers: () => t("identity numbers"),
  outgoing_messages: () => t("messages to be sent"),
  caller_choices: () => t("who usually calls from a number"),
  duplicate_pairs: () => t("records that may be one person"),
  customer_notices: () => t("what other systems are told"),
  import_changes: () => t("what imports did"),
  waiting_messages: () => t("messages that wait for an owner"),
  play_outcomes: () => t("outcomes of plays"),
  assignments: () => t("who looked after them"),
  promises: () => t("promises"),
  promise_calls: () => t("calls that promises come from"),
  promise_history: () => t("history of promises"),
  promise_notices: () => t("notices"),
  pocket_cards: () => t("links of pocket cards"),
};

export const fieldKindWord = (code) => word(FIELD_KINDS, code);
export const keptKindWord = (code) => word(KEPT_KINDS, code);
export const likenessWord = (code) => word(LIKENESS, code);

/* A table, or `table.column` where somebody else's text mentions them. */
function heldWord(code) {
  const [table, column] = code.split(".");
  return column ? t("mentioned in {what}", { what: word(HELD, table) }) : word(HELD, table);
}

/** Rows by table as words: `orders 3, calls 12`. */
export function countedWords(counts) {
  const words = new Map();
  for (const [code, many] of Object.entries(counts)) if (many) words.set(heldWord(code), (words.get(heldWord(code)) ?? 0) + many);
  return listed([...words].map(([what, many]) => `${what} ${many}`));
}
