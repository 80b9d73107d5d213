/* What a tier of customers changes: ring times, desk and mobile together. */

import { html, nothing } from "../element.js";
import { t } from "../texts.js";
import { ThingForm } from "./thing-form.js";
import { line } from "./view.js";

const number = (value) => (value === "" || value === null || value === undefined || Number.isNaN(Number(value)) ? null : Number(value));

export class RwTierForm extends ThingForm {
  plural = "tiers";
  subject = "tier";
  blank = { desk_seconds: "", mobile_seconds: "", together: false };

  fields(state) {
    return { desk_seconds: state.desk_seconds ?? "", mobile_seconds: state.mobile_seconds ?? "", together: state.together };
  }

  body(fields) {
    return { together: fields.together, desk_seconds: number(fields.desk_seconds), mobile_seconds: number(fields.mobile_seconds), version: this.version };
  }

  sample() {
    return "";
  }

  /** The plan of somebody unknown would show nothing of it. */
  preview() {
    return nothing;
  }

  title() {
    return t("Customers of tier {tier}", { tier: this.key });
  }

  inside() {
    return html`<section class="panel stack"><p class="hint">${t("Whoever rings for one tier rings for every other; only times and order change.")}</p><div class="fields">
      ${line(this, "desk_seconds", { label: t("Desk rings (s)"), inputmode: "numeric", hint: t("Empty: the person's own.") })}
      ${line(this, "mobile_seconds", { label: t("Mobile rings (s)"), inputmode: "numeric", hint: t("Empty: the person's own.") })}
      <label class="choice"><input type="checkbox" .checked=${this.draft.together} @change=${({ target }) => this.put("together", target.checked)}>${t("Desk and mobile together")}</label>
    </div></section>`;
  }
}

customElements.define("rw-tier-form", RwTierForm);
