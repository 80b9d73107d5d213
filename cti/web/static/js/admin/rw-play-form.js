/* One play: the sentence, whom it is for, its days and the share that is held out. Kept when it is saved. */

import { RwElement, html, nothing } from "../element.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { setPlay } from "./api.js";
import { holdUnsaved } from "./places.js";
import { DORMANCY, GRADES, SENSITIVITY } from "./play-words.js";
import { sheet } from "./sheet.js";
import { field, sentenceOf } from "./view.js";

const LONGEST = 300; // characters of the sentence, as the server has it

export class RwPlayForm extends RwElement {
  static properties = {
    /** The play that is changed; null for a new one. */
    play: { attribute: false },
    /** Codes that there are already: a new play does not write over one. */
    taken: { attribute: false },
    fault: { state: true },
    busy: { state: true },
  };

  static styles = [shared, sheet];

  disconnectedCallback() {
    super.disconnectedCallback();
    holdUnsaved(this, false);
  }

  focus() {
    this.renderRoot.querySelector("input, textarea")?.focus();
  }

  #faultOf(name) {
    return this.fault?.told?.field === name ? this.fault.message : "";
  }

  async #save(event) {
    event.preventDefault();
    const given = new FormData(event.target);
    const code = this.play?.code ?? given.get("code").trim();
    const yes = (name) => (given.get(name) ? given.get(name) === "yes" : null);
    const margin = given.get("least").trim();
    const body = {
      prompt: given.get("prompt"),
      segment: {
        grades: given.getAll("grades"),
        dormancy: given.getAll("dormancy"),
        sensitivity: given.getAll("sensitivity"),
        due_again: yes("due_again"),
        hollow: yes("hollow"),
        least_margin_12m: margin === "" ? null : Number(margin),
      },
      starts: given.get("starts") || null,
      ends: given.get("ends") || null,
      holdout: Number(given.get("holdout") || 0),
      active: this.play?.active ?? true,
    };
    [this.busy, this.fault] = [true, null];
    try {
      if (!this.play && this.taken.includes(code)) throw Object.assign(new Error(t("There is a play {play} already.", { play: code })), { told: { field: "code" } });
      await setPlay(code, body);
      holdUnsaved(this, false);
      this.emit("kept", { code });
    } catch (error) {
      this.fault = error;
      await this.updateComplete;
      this.renderRoot.querySelector('[aria-invalid="true"]')?.focus();
    } finally {
      this.busy = false;
    }
  }

  #input(name, label, { value = "", hint, ...rest }) {
    const fault = this.#faultOf(name);
    return field({
      name,
      label,
      hint,
      fault,
      control: html`<input class="field" id=${name} name=${name} type=${rest.type ?? "text"} .value=${value} ?required=${rest.required}
        min=${rest.min ?? nothing} max=${rest.max ?? nothing} maxlength=${rest.longest ?? nothing} autocomplete="off" autocapitalize="none"
        aria-invalid=${fault ? "true" : "false"} aria-describedby=${fault ? `${name}-fault` : hint ? `${name}-hint` : nothing}>`,
    });
  }

  #several(name, label, choices, chosen = []) {
    return html`<div class="one" role="group" aria-label=${label}><span class="label">${label}</span>
      <div class="row">${choices.map(
        ([value, words]) => html`<label class="choice"><input type="checkbox" name=${name} value=${value} .checked=${chosen.includes(value)}>${words}</label>`,
      )}</div></div>`;
  }

  #whether(name, label, chosen) {
    const now = typeof chosen === "boolean" ? (chosen ? "yes" : "no") : "";
    return field({
      name,
      label,
      control: html`<select class="field" id=${name} name=${name}>
        ${[["", t("either")], ["yes", t("yes")], ["no", t("no")]].map(([value, words]) => html`<option value=${value} ?selected=${value === now}>${words}</option>`)}</select>`,
    });
  }

  render() {
    const { prompt = "", segment = {}, starts, ends, holdout = 0 } = this.play ?? {};
    const worded = (table) => Object.entries(table).map(([code, words]) => [code, words()]);
    const fault = this.#faultOf("prompt");
    return html`<form @submit=${this.#save} @input=${() => holdUnsaved(this, true)}>
      ${this.play ? nothing : this.#input("code", t("Code"), { hint: t("Stays for ever, like: win-back."), required: true, longest: 40 })}
      ${field({
        name: "prompt",
        label: t("What to bring up"),
        wide: true,
        fault,
        control: html`<textarea class="field" id="prompt" name="prompt" rows="2" maxlength=${LONGEST} required aria-invalid=${fault ? "true" : "false"} .value=${prompt}></textarea>`,
      })}
      ${this.#several("grades", t("Class"), GRADES.map((one) => [one, one]), segment.grades)}
      ${this.#several("dormancy", t("Dormant"), worded(DORMANCY), segment.dormancy)}
      ${this.#several("sensitivity", t("What they look at"), worded(SENSITIVITY), segment.sensitivity)}
      ${this.#whether("due_again", t("Due again"), segment.due_again)}
      ${this.#whether("hollow", t("False customers"), segment.hollow)}
      ${this.#input("least", t("Margin in 12 months from"), { type: "number", value: segment.least_margin_12m ?? "", hint: t("Empty: any.") })}
      ${this.#input("starts", t("First day"), { type: "date", value: starts ?? "" })}
      ${this.#input("ends", t("Last day"), { type: "date", value: ends ?? "", hint: t("It ends by itself after that day.") })}
      ${this.#input("holdout", t("Held out (%)"), { type: "number", value: String(holdout), min: 0, max: 90 })}
      ${this.fault && !["code", "prompt", "starts", "ends", "holdout"].includes(this.fault.told?.field)
        ? html`<div class="notice bad wide" role="alert">${sentenceOf(this.fault)}</div>`
        : nothing}
      <div class="wide row"><button class="button main" ?disabled=${this.busy}>${t("Save")}</button>
        <button type="button" class="button" @click=${() => (holdUnsaved(this, false), this.emit("left"))}>${t("Leave it as it is")}</button></div>
    </form>`;
  }
}

customElements.define("rw-play-form", RwPlayForm);
