/* How a promise is named wherever one stands. Must not know how it looks there. */

import { phoneNumber } from "./formats.js";
import { t } from "./texts.js";

/** Whom to call back, in one line. */
export function promiseName(promise) {
  if (promise.withheld) return promise.customer || t("Number withheld");
  return promise.customer || phoneNumber(promise.number) || promise.raw || t("Unknown caller");
}
