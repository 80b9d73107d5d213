/* Who rings together, in which order of listing, for how long. */

import { html, nothing } from "../element.js";
import { t } from "../texts.js";
import { ThingForm } from "./thing-form.js";
import { line } from "./view.js";

export class RwGroupForm extends ThingForm {
  plural = "groups";
  subject = "group";
  blank = { name: "", members: [], seconds: 30 };

  fields(state) {
    return { name: state.name, members: state.members, seconds: state.seconds };
  }

  sample() {
    const { numbers, services } = this.routing;
    const uses = services.filter((one) => one.state.group_code === this.key).map((one) => one.key);
    return (numbers.find((one) => one.state.group_code === this.key || uses.includes(one.state.service_code)) ?? numbers.find((one) => !one.state.agent_code))?.key;
  }

  title() {
    return this.thing ? this.thing.state.name : t("New group");
  }

  #move(place, by) {
    const members = [...this.draft.members];
    const [one] = members.splice(place, 1);
    members.splice(place + by, 0, one);
    this.put("members", members);
  }

  #member(code, place) {
    const person = this.people.find((one) => one.code === code);
    const name = person ? person.nickname || person.name : code;
    return html`<li class="row">
      <span>${name} <span class="muted number">${code}</span></span>
      ${place ? html`<button type="button" class="button plain" @click=${() => this.#move(place, -1)} aria-label=${t("{name} further up", { name })}>↑</button>` : nothing}
      <button type="button" class="button plain" @click=${() => this.put("members", this.draft.members.filter((one) => one !== code))} aria-label=${t("Take {name} out", { name })}>✕</button>
    </li>`;
  }

  inside() {
    const others = this.people.filter((one) => one.active && !this.draft.members.includes(one.code));
    return html`<section class="panel stack">
      <div class="fields">
        ${this.thing ? nothing : line(this, "code", { label: t("Code"), hint: t("Short, for the command line, like night."), required: true, longest: 40 })}
        ${line(this, "name", { label: t("What it is called"), required: true })}
        ${line(this, "seconds", { label: t("Rings together (s)"), type: "number", min: 1, max: 120 })}
      </div>
      <div class="one" role="group" aria-label=${t("Members")}>
        <span class="label">${t("Members")}</span>
        ${this.draft.members.length ? html`<ol>${this.draft.members.map((code, place) => this.#member(code, place))}</ol>` : html`<p class="hint">${t("Nobody yet.")}</p>`}
        ${others.length && this.mayChange
          ? html`<select class="field" aria-label=${t("Add a member")} @change=${({ target }) => {
              if (target.value) this.put("members", [...this.draft.members, target.value]);
              target.value = "";
            }}><option value="">${t("Add a member")}…</option>${others.map((one) => html`<option value=${one.code}>${one.nickname || one.name} ${one.code}</option>`)}</select>`
          : nothing}
      </div>
    </section>`;
  }
}

customElements.define("rw-group-form", RwGroupForm);
