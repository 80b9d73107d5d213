/* One field of the firm's own: its name for people and for files, its type and choices, whether it is asked for. */

import { html, nothing } from "../element.js";
import { t } from "../texts.js";
import { valueInput } from "../typed-value.js";
import { listFields, removeField, setField } from "./customer-api.js";
import { fieldKindWord } from "./customer-words.js";
import { Form } from "./form.js";
import { address, follow, go } from "./places.js";
import { choice, field, line } from "./view.js";

const KINDS = ["text", "number", "date", "choice", "yesno"];
const BLANK = { key: "", label: "", kind: "text", choices: "", ask: false };

/* One choice a line, however often somebody pressed Enter. */
const linesOf = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean);

export class RwFieldForm extends Form {
  static properties = { fields: { attribute: false }, key: {}, removing: { state: true } };

  async read() {
    // Read by the list a moment ago; again when somebody else was faster.
    const fields = this.fault?.code === "stale" ? await listFields() : this.fields;
    this.thing = this.key ? fields.find((one) => one.key === this.key) : null;
    const { version = null, ...seen } = this.thing ? { ...this.thing, choices: this.thing.choices.join("\n") } : BLANK;
    this.removing = false;
    this.begin(seen, version);
  }

  /* A field rings nowhere: there is no plan to try. */
  async tryOut() {}

  send() {
    const { key, label, kind, choices, ask } = this.draft;
    const body = { label, kind, choices: kind === "choice" ? linesOf(choices) : [], ask, version: this.version };
    return setField(this.thing ? this.key : key.trim(), body);
  }

  async kept() {
    this.begin(this.draft, this.version);
    this.emit("changed", {});
    go("fields");
  }

  async #remove() {
    try {
      await removeField(this.key, this.version);
      this.begin(this.seen, this.version);
      this.emit("changed", {});
      go("fields");
    } catch (error) {
      this.fault = error;
      this.removing = false;
    }
  }

  #removal() {
    if (!this.thing || !this.mayChange) return nothing;
    if (!this.removing) return html`<button type="button" class="button plain" @click=${() => (this.removing = true)}>${t("Take it away")}</button>`;
    return html`<button type="button" class="button" @click=${this.#remove}>${t("Yes, take it away")}</button>
      <button type="button" class="button plain" @click=${() => (this.removing = false)}>${t("Keep it")}</button>`;
  }

  #choices() {
    if (this.draft.kind !== "choice") return nothing;
    const fault = this.faultOf("choices");
    return field({
      name: "choices",
      label: t("Choices, one a line"),
      hint: t("A value that is no choice any more stays with the customers who have it."),
      wide: true,
      fault,
      control: html`<textarea class="field" id="choices" name="choices" rows="5" maxlength="4000" .value=${this.draft.choices}
        aria-invalid=${fault ? "true" : "false"} aria-describedby=${fault ? "choices-fault" : "choices-hint"}
        @input=${({ target }) => this.put("choices", target.value)}></textarea>`,
    });
  }

  /* How the card will ask for it. */
  #preview() {
    const { label, kind, choices } = this.draft;
    return html`<aside class="panel stack"><h2>${t("On the card")}</h2>
      <div class="one"><label for="shown">${label || t("Name for people")}</label>
        ${valueInput({ type: kind, choices: linesOf(choices) }, { id: "shown" })}</div>
      <p class="hint">${this.draft.ask
        ? t("Whoever talks to a customer of whom it is not known is told to ask.")
        : t("It can be filled in on every card; nobody is told to ask.")}</p></aside>`;
  }

  show() {
    if (this.key && !this.thing) return html`<p class="notice">${t("There is no such field any more.")}</p>`;
    return html`
      <div class="head"><h1>${this.thing ? this.thing.label : t("New field")}</h1>
        <div class="end"><a class="button" href=${address("fields")} @click=${follow("fields")}>${t("Back")}</a></div></div>
      <div class="two">
        <form class="stack" novalidate @submit=${this.save}>
          <fieldset class="panel fields" ?disabled=${!this.mayChange}>
            ${line(this, "label", { label: t("Name for people"), longest: 60, required: true })}
            ${this.thing
              ? nothing
              : line(this, "key", { label: t("Name for files and programs"), hint: t("a to z, 0 to 9 and _, beginning with a letter: smoker. It stays as it is."), longest: 40, required: true })}
            ${choice(this, "kind", { label: t("Holds"), hint: this.thing ? t("Can be changed as long as no customer has a value.") : "", options: KINDS.map((one) => [one, fieldKindWord(one)]) })}
            ${this.#choices()}
            <label class="choice wide"><input type="checkbox" .checked=${this.draft.ask} @change=${({ target }) => this.put("ask", target.checked)}>
              <span>${t("Ask customers of whom it is not known")}</span></label>
          </fieldset>
          ${this.removing ? html`<p class="notice warn">${t("It is asked and shown no more. What was noted is kept, and comes back with a field of the same name.")}</p>` : nothing}
          ${this.refusal(Object.keys(this.draft))}
          ${this.actions(this.#removal())}
        </form>
        ${this.#preview()}
      </div>
    `;
  }
}

customElements.define("rw-field-form", RwFieldForm);
