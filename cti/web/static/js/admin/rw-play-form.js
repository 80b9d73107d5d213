/* One play: the sentence, whom it is for, its days and the share that is held out. Kept when it is saved. */

import { RwElement, html, nothing } from "../element.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { listPlays, removePlay, setPlay } from "./api.js";
import { overtaken } from "./overtaken.js";
import { holdUnsaved } from "./places.js";
import { DORMANCY, GRADES, PLAY_WORDS, SENSITIVITY } from "./play-words.js";
import { sheet } from "./sheet.js";
import { field, sentenceOf } from "./view.js";

const LONGEST = 300; // characters of the sentence, as the server has it

/* A play's fields side by side, so that each can be told apart from what it was. */
const flat = ({ prompt, segment, starts, ends, holdout }) => ({ prompt, starts, ends, holdout, ...segment });
const same = (one, other) => JSON.stringify(one ?? "") === JSON.stringify(other ?? "");

export class RwPlayForm extends RwElement {
  static properties = {
    /** The play that is changed; null for a new one. */
    play: { attribute: false },
    /** Codes that there are already: a new play does not write over one. */
    taken: { attribute: false },
    /** Whether it may be taken away: nothing has come of it yet. */
    unasked: { type: Boolean },
    /** What the form shows, by field; the version is of `seen`. */
    shown: { state: true },
    removing: { state: true },
    fault: { state: true },
    busy: { state: true },
  };

  static styles = [shared, sheet];

  willUpdate() {
    // As it was when the form was opened: what the list reads anew meanwhile must not pass for seen.
    if (this.shown === undefined) this.#begin(this.play);
  }

  #begin(play, mine = {}) {
    this.seen = play;
    this.shown = play ? { ...flat(play), ...mine } : mine;
  }

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

  #given() {
    const given = new FormData(this.renderRoot.querySelector("form"));
    const yes = (name) => (given.get(name) ? given.get(name) === "yes" : null);
    const margin = given.get("least").trim();
    return {
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
      active: this.seen?.active ?? true,
    };
  }

  async #do(work) {
    [this.busy, this.fault] = [true, null];
    try {
      await work();
    } catch (error) {
      this.fault = error;
      this.removing = false;
      await this.updateComplete;
      this.renderRoot.querySelector('[aria-invalid="true"]')?.focus();
    } finally {
      this.busy = false;
    }
  }

  #save(event) {
    event.preventDefault();
    const code = this.seen?.code ?? this.renderRoot.querySelector("#code").value.trim();
    return this.#do(async () => {
      if (!this.seen && this.taken.includes(code)) throw Object.assign(new Error(t("There is a play {play} already.", { play: code })), { told: { field: "code" } });
      await setPlay(code, { ...this.#given(), version: this.seen?.version ?? null });
      holdUnsaved(this, false);
      this.emit("kept", { code });
    });
  }

  #remove() {
    const { code, version } = this.seen;
    return this.#do(async () => {
      await removePlay(code, version);
      holdUnsaved(this, false);
      this.emit("gone", { code });
    });
  }

  /* What is there now, and on top of it what was changed here. */
  #catchUp() {
    const [was, typed] = [flat(this.seen), flat(this.#given())];
    const mine = Object.fromEntries(Object.entries(typed).filter(([name, value]) => !same(value, was[name])));
    return this.#do(async () => {
      const now = (await listPlays()).find(({ code }) => code === this.seen.code);
      if (now) return this.#begin(now, mine);
      holdUnsaved(this, false);
      return this.emit("gone", { code: this.seen.code });
    });
  }

  #refusal() {
    const error = this.fault;
    if (!error || ["code", "prompt", "starts", "ends", "holdout"].includes(error.told?.field)) return nothing;
    if (error.code === "stale")
      return html`<div class="wide">${overtaken(error, html`<button type="button" class="button" @click=${this.#catchUp}>${t("Take that over, and keep my changes on top")}</button>`, PLAY_WORDS)}</div>`;
    return html`<div class="notice bad wide" role="alert">${sentenceOf(error)}</div>`;
  }

  /* Away with it, asked once more in the same place. */
  #removal() {
    if (!this.seen || !this.unasked) return nothing;
    return this.removing
      ? html`<button type="button" class="button" ?disabled=${this.busy} @click=${this.#remove}>${t("Yes, take it away")}</button>
          <button type="button" class="button plain" @click=${() => (this.removing = false)}>${t("Keep it")}</button>`
      : html`<button type="button" class="button plain" @click=${() => (this.removing = true)}>${t("Take it away")}</button>`;
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
        ${[["", t("either")], ["yes", t("yes")], ["no", t("no")]].map(([value, words]) => html`<option value=${value} .selected=${value === now}>${words}</option>`)}</select>`,
    });
  }

  render() {
    const { prompt = "", starts, ends, holdout = 0, ...segment } = this.shown;
    const worded = (table) => Object.entries(table).map(([code, words]) => [code, words()]);
    const fault = this.#faultOf("prompt");
    return html`<form @submit=${this.#save} @input=${() => holdUnsaved(this, true)}>
      ${this.seen ? nothing : this.#input("code", t("Code"), { hint: t("Stays for ever, like: win-back."), required: true, longest: 40 })}
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
      ${this.#refusal()}
      <div class="wide row"><button class="button main" ?disabled=${this.busy}>${t("Save")}</button>
        <button type="button" class="button" @click=${() => (holdUnsaved(this, false), this.emit("left"))}>${t("Leave it as it is")}</button>
        ${this.#removal()}</div>
    </form>`;
  }
}

customElements.define("rw-play-form", RwPlayForm);
