/* A number that can be called: a `tel:` link everywhere, and, where the desk can, a call from one's own extension.
   Must not know how a call is made. */

import { html, nothing } from "./element.js";
import { phoneNumber } from "./formats.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

/* A modifier or the middle button means what it means on every link. */
function placed(event, desk, number) {
  if (!desk.canCall || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  desk.call(number).catch((error) => desk.fail(error));
}

/** The number itself, to be called with a click; nothing for none. */
export function numberLink(desk, number) {
  if (!number) return nothing;
  const shown = phoneNumber(number);
  return html`<a class="number tel" href="tel:${number}" aria-label=${t("Call {number}", { number: shown })}
    @click=${(event) => placed(event, desk, number)}>${shown}</a>`;
}

/** A number of a card. One that is masked is called by its id: the desk phone learns it, the reader does not. */
export function cardNumber(desk, number) {
  if (!number?.masked) return numberLink(desk, number?.e164);
  return hidden(desk, number.raw, { number_id: number.id });
}

/** The number of whom a call back is owed; masked in somebody else's promise. */
export function owedNumber(desk, promise) {
  return promise.masked ? hidden(desk, promise.raw, { promise_id: promise.id }) : numberLink(desk, promise.number);
}

function hidden(desk, shown, number) {
  if (!shown) return nothing;
  return html`<button class="link number" ?disabled=${!desk.canCall} aria-label=${t("Call {number}", { number: shown })}
    @click=${(event) => placed(event, desk, number)}>${shown}</button>`;
}

/** The same as a button's face: to call back whom we owe it. */
export function callBackLink(desk, promise, name) {
  const { number } = promise;
  if (promise.masked && promise.raw) {
    return html`<button class="button call-back" ?disabled=${!desk.canCall} aria-label=${t("Call back {name}", { name })}
      @click=${(event) => placed(event, desk, { promise_id: promise.id })}>${icon("phone")}${t("Call back")}</button>`;
  }
  if (!number) return nothing;
  return html`<a class="button call-back" href="tel:${number}" aria-label=${t("Call back {name}", { name })}
    @click=${(event) => placed(event, desk, number)}>${icon("phone")}${t("Call back")}</a>`;
}
