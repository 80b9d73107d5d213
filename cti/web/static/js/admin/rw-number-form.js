/* A number of the firm: whose it is, or which service or group answers it. */

import { html } from "../element.js";
import { phoneNumber } from "../formats.js";
import { t } from "../texts.js";
import { ThingForm } from "./thing-form.js";
import { choice, line } from "./view.js";

export class RwNumberForm extends ThingForm {
  plural = "numbers";
  subject = "number";
  blank = { label: "", service: "", group: "", agent: "" };

  fields(state) {
    return { label: state.label, service: state.service_code ?? "", group: state.group_code ?? "", agent: state.agent_code ?? "" };
  }

  sample() {
    return this.key || this.draft.code;
  }

  title() {
    return this.thing ? phoneNumber(this.key) : t("New number");
  }

  inside() {
    const services = this.routing.services.map((one) => [one.key, one.state.name]);
    const people = this.people.map((one) => [one.code, `${one.nickname || one.name} ${one.code}`]);
    return html`<section class="panel stack"><div class="fields">
      ${this.thing ? "" : line(this, "code", { label: t("Telephone number"), type: "tel", placeholder: "02-5550-1000", required: true, longest: 40 })}
      ${line(this, "label", { label: t("Label"), hint: t("What it is called here and on the card.") })}
      ${choice(this, "service", { label: t("Service"), hint: t("Brings hours, teams and the night."), options: [["", t("none")], ...services] })}
      ${choice(this, "group", { label: t("Group that answers"), hint: t("Instead of the service's."), options: this.groupOptions(t("the service's, or the company")) })}
      ${choice(this, "agent", { label: t("Direct number of"), hint: t("Rings this person first."), options: [["", t("nobody")], ...people] })}
    </div></section>`;
  }
}

customElements.define("rw-number-form", RwNumberForm);
