/* A value with a type: how it is asked for and how it is read. Types are those of the firm's own fields: `text`,
   `number`, `date`, `choice`, `yesno`. Must not know whose value it is. */

import { html, nothing } from "./element.js";
import { day } from "./formats.js";
import { t } from "./texts.js";

const yesNo = (value) => (value === "yes" ? t("yes") : value === "no" ? t("no") : value);

/** What is offered for a field with choices; empty for one that is typed in. A value that is no choice any more stays
 *  one of this field until it is changed. */
function offered({ type, choices }, value) {
  if (type === "yesno") return ["yes", "no"];
  if (type !== "choice") return [];
  return value && !choices.includes(value) ? [value, ...choices] : choices;
}

/** The input for a value of `field` (`type`, `choices`), named `value` in its form. Nothing is chosen beforehand that
 *  nobody said. */
export function valueInput(field, { id, value = "" }) {
  const choices = offered(field, value);
  if (choices.length)
    return html`<select class="field" id=${id} name="value" required>
      ${value ? nothing : html`<option value="" selected>${t("choose…")}</option>`}
      ${choices.map((one) => html`<option value=${one} ?selected=${one === value}>${field.type === "yesno" ? yesNo(one) : one}</option>`)}
    </select>`;
  const type = ["date", "number"].includes(field.type) ? field.type : "text";
  return html`<input class="field" id=${id} name="value" type=${type} step=${type === "number" ? "any" : nothing} .value=${value}
    maxlength=${type === "text" ? 300 : nothing} required autocomplete="off">`;
}

/** A value as it is read. */
export function valueText({ type }, value) {
  if (type === "yesno") return yesNo(value);
  if (type === "date" && /^\d{4}-\d\d-\d\d$/.test(value)) return day(value);
  return value;
}
