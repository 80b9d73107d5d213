/* Somebody else changed what is being edited: who, when and what, and the way on. */

import { html } from "../element.js";
import { clockTime } from "../formats.js";
import { t } from "../texts.js";
import { fieldWord, valueWord } from "./words.js";

/** The notice of a refusal with the code `stale`; `way` is the button that leads on. */
export function overtaken({ told }, way, { field = fieldWord, value = (_, one) => valueWord(one) } = {}) {
  return html`<div class="notice warn" role="alert">
    <b>${t("{who} changed this at {time}, while you were at it.", { who: told.by || "?", time: clockTime(told.at) })}</b>
    <ul>
      ${(told.changes ?? []).map(
        (one) => html`<li>${field(one.field)}: <del>${value(one.field, one.before)}</del> → <ins>${value(one.field, one.after)}</ins></li>`,
      )}
    </ul>
    <div>${way}</div>
  </div>`;
}
