/* Asks why, before something is put away for good. */

import { html } from "../element.js";
import { t } from "../texts.js";
import { field } from "./view.js";

const LONGEST = 300; // as many characters as the server keeps

/** `done(reason)` and `left()` are called for the two ways out. The field's id is `reason`. */
export function reasonForm({ label, hint, submit, busy, done, left }) {
  return html`<form class="notice" @submit=${(event) => {
    event.preventDefault();
    done(new FormData(event.target).get("reason").trim());
  }}>
    ${field({
      name: "reason",
      label,
      hint,
      wide: true,
      control: html`<input class="field" id="reason" name="reason" maxlength=${LONGEST} required pattern=".*\\S.*" autocomplete="off" aria-describedby="reason-hint">`,
    })}
    <div class="wide row"><button class="button main" ?disabled=${busy}>${submit}</button>
      <button type="button" class="button" @click=${left}>${t("Leave it as it is")}</button></div>
  </form>`;
}
