/* Whom a play is for, in words. Pure but for the reader's language. */

import { day, listed, money } from "../formats.js";
import { t } from "../texts.js";
import { fieldWord, valueWord } from "./words.js";

export const GRADES = ["A", "B", "C"];
export const DORMANCY = { half: () => t("half dormant"), full: () => t("dormant") };
export const SENSITIVITY = { price: () => t("look at the price"), quality: () => t("look at the quality") };

/** Everything that must fit; "every customer" where nothing is named. */
export function segmentWords({ grades, dormancy, sensitivity, due_again: due, hollow, least_margin_12m: margin }) {
  const words = [];
  if (grades?.length) words.push(t("class {grades}", { grades: grades.join(" / ") }));
  if (dormancy?.length) words.push(dormancy.map((one) => DORMANCY[one]?.() ?? one).join(" / "));
  if (sensitivity?.length) words.push(sensitivity.map((one) => SENSITIVITY[one]?.() ?? one).join(" / "));
  if (typeof due === "boolean") words.push(due ? t("due again") : t("not due again"));
  if (typeof hollow === "boolean") words.push(hollow ? t("false customers") : t("no false customers"));
  if (margin !== null && margin !== undefined) words.push(t("margin in 12 months from {amount}", { amount: money(margin) }));
  return words.length ? words : [t("every customer")];
}

const FIELDS = {
  prompt: () => t("What to bring up"),
  segment: () => t("For whom"),
  starts: () => t("First day"),
  ends: () => t("Last day"),
  holdout: () => t("Held out (%)"),
  active: () => t("Runs"),
};

/** How a play's fields and their values are said where somebody else changed them. */
export const PLAY_WORDS = {
  field: (code) => FIELDS[code]?.() ?? fieldWord(code),
  value: (code, one) => {
    if (code === "segment" && one) return listed(segmentWords(one));
    return ["starts", "ends"].includes(code) && one ? day(one) : valueWord(one);
  },
};
