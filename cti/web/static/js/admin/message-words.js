/* Why a message did not arrive, in words. What a gateway or a mail server said is shown as it came. */

import { t } from "../texts.js";
import { word } from "./words.js";

const ERRORS = {
  unwanted: () => t("they do not want to be written to this way"),
  unspeakable: () => t("it says what must not be mentioned to them"),
  number_over: () => t("the number is not theirs any more"),
};

export const messageErrorWord = (error) => word(ERRORS, error);
