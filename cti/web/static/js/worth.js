/* Labels of a customer's worth in words, as `cti.wording` has them. */

import { t } from "./texts.js";

const SENTENCES = {
  grade: (of) => t("class {grade}: margin {margin} in 12 months", of),
  grade_paid: (of) => t("class {grade}: margin {margin} in 12 months, paid in {days} days", of),
  hollow: (of) => t("asks often and buys nothing: {contacts} contacts, {quotes} quotes in 12 months", of),
  dormant_half: (of) => t("half dormant: last order {days} days ago", of),
  dormant_full: (of) => t("dormant: last order {days} days ago", of),
  due_again: (of) => t("due again: buys about every {rhythm} days, next foreseen {date}", of),
  renewal: (of) => t("up for renewal on {date}", of),
  falling: (of) => t("buys less than usual: margin {recent} in 90 days, usually {usual}", of),
  complaints: (of) => t("{complaints} complaints in 12 months", of),
  price_sensitive: (of) => t("looks at the price: {quotes} quotes, {orders} orders in 12 months", of),
  quality_sensitive: (of) => t("pays for quality: {orders} orders in 12 months", of),
  incomplete: (of) => t("the file is {percent} per cent complete", of),
};

const shown = (value) => (typeof value === "number" ? value.toLocaleString("en-US") : value);

/** A label that a newer server knows and this page does not is shown as it came. */
export function worthLabel({ code, values }) {
  if (!Object.hasOwn(SENTENCES, code)) return code;
  return SENTENCES[code](Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(value)])));
}
