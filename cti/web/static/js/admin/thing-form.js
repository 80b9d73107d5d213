/* The form of one thing of routing: from what was read, tried while one types, saved or taken away. */

import { html, nothing } from "../element.js";
import { t } from "../texts.js";
import { removeThing, setThing } from "./api.js";
import { Form } from "./form.js";
import { address, follow } from "./places.js";

export class ThingForm extends Form {
  static properties = {
    routing: { attribute: false },
    people: { attribute: false },
    key: {},
    removing: { state: true },
  };

  willUpdate(changes) {
    if ((changes.has("key") && changes.get("key") !== undefined) || (changes.has("routing") && changes.get("routing"))) this.load();
  }

  async read() {
    this.removing = false;
    this.thing = this.key ? this.routing[this.plural].find((one) => one.key === this.key) : null;
    // What is not there yet is a new one of this name, as a tier without a rule is.
    const seen = this.thing ? this.fields(this.thing.state) : { code: this.key || "", ...this.blank };
    this.begin(seen, this.thing ? this.thing.version : null);
  }

  ready() {
    return Boolean(this.thing || this.draft.code);
  }

  /** The number whose plan shows best what this does. */
  previewed() {
    return this.sample() ?? "";
  }

  send(to) {
    const { code, ...fields } = this.draft;
    return setThing(this.plural, this.thing ? this.key : code, this.body(fields), to);
  }

  body(fields) {
    return { ...fields, version: this.version };
  }

  async kept(answer) {
    this.saved = t("Saved. It rings like this from now on.");
    this.emit("changed", { subject: this.subject, key: this.thing ? "" : answer.key });
  }

  async #remove() {
    try {
      await removeThing(this.plural, this.key, this.version);
      this.begin(this.seen, this.version);
      this.emit("changed", { gone: true });
    } catch (error) {
      this.fault = error;
      this.removing = false;
    }
  }

  /** Away with it, asked once more in the same place. */
  removal() {
    if (!this.thing || !this.mayChange) return nothing;
    return this.removing
      ? html`<button type="button" class="button" @click=${this.#remove}>${t("Yes, take it away")}</button>
          <button type="button" class="button plain" @click=${() => (this.removing = false)}>${t("Keep it")}</button>`
      : html`<button type="button" class="button plain" @click=${() => (this.removing = true)}>${t("Take it away")}</button>`;
  }

  groupOptions(none) {
    return [["", none], ...this.routing.groups.map((one) => [one.key, `${one.state.name} (${one.key})`])];
  }

  show() {
    return html`
      <div class="head"><h1>${this.title()}</h1>
        <div class="end"><a class="button" href=${address(this.home)} @click=${follow(this.home)}>${t("Back")}</a></div></div>
      <div class="two">
        <form class="stack" novalidate @submit=${this.save}>
          <fieldset class="stack" ?disabled=${!this.mayChange}>${this.inside()}</fieldset>
          ${this.refusal(Object.keys(this.draft))}
          ${this.actions(this.removal())}
        </form>
        ${this.preview(this.previewTitle?.() ?? t("Who rings when somebody unknown calls now"))}
      </div>
    `;
  }

  get home() {
    return "chains";
  }
}
