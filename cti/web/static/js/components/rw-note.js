/* The note of a call or a customer, and, once a call was answered, what came of it: outcome, next step, matter. What is
   typed is a draft at once; saved with the button or Ctrl+Enter: the note alone, or all of it when an outcome is chosen. */

import { addNote, fileWrapUp, readWrapUp } from "../api.js";
import { RwElement, css, html, nothing } from "../element.js";
import { clockTime, dayOf } from "../formats.js";
import { icon } from "../icons.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { nothingFiled } from "./rw-outcome.js";

export class RwNote extends RwElement {
  static properties = {
    subject: { attribute: false },
    customer: { attribute: false },
    call: { attribute: false },
    name: { attribute: false },
    undecided: { attribute: false },
    drafts: { attribute: false },
    desk: { attribute: false },
    card: { attribute: false },
    had: { attribute: false },
    wrapUp: { attribute: false },
    dispositions: { attribute: false },
    filing: { state: true },
    text: { state: true },
    saved: { state: true },
    failure: { state: true },
    busy: { state: true },
  };

  static styles = [
    shared,
    css`
      section {
        display: grid;
        gap: 0.5rem;
        padding: 0.75rem;
      }

      label {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      textarea.field {
        display: block;
        min-height: 7.5rem;
        line-height: 1.5;
        resize: vertical;
        field-sizing: content;
        max-height: 50vh;
      }

      rw-outcome {
        margin-top: 0.25rem;
      }

      .foot {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 0.75rem;
      }

      .foot span {
        min-width: 0;
        font-size: var(--text-small);
      }

      .saved {
        color: var(--talk);
        font-weight: 600;
      }
    `,
  ];

  constructor() {
    super();
    this.text = null;
    this.filing = nothingFiled();
    this.saved = null;
    this.failure = "";
    this.busy = false;
  }

  focus() {
    this.renderRoot.querySelector("textarea").focus();
  }

  willUpdate() {
    this.text ??= this.drafts.get(this.subject);
    if (this.had && this.asked !== this.subject) this.#recall();
  }

  /* What was filed already: before a reload, on another screen, on the pocket card. */
  async #recall() {
    this.asked = this.subject;
    const filed = await readWrapUp(this.call).catch(() => null);
    if (!filed?.disposition || this.filing.disposition) return;
    const { disposition, next_step: step, next_step_due: due, matter_id: matter } = filed;
    this.filing = { disposition, step, due: due ? dayOf(due) : "", matter };
    if (!this.text) this.text = filed.note;
    this.saved = new Date(filed.saved);
  }

  get #fits() {
    if (this.busy || this.undecided) return false;
    if (this.filing.disposition) return !this.filing.due || this.filing.step.trim() !== "";
    return Boolean(this.customer) && this.text.trim() !== "";
  }

  #typed({ target }) {
    this.text = target.value;
    this.saved = null;
    this.drafts.set(this.subject, this.text);
  }

  #chose(change) {
    this.filing = { ...this.filing, ...change };
    this.saved = null;
  }

  #keys(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !composing(event)) {
      event.preventDefault();
      this.#save();
    }
  }

  async #save() {
    if (!this.#fits) return;
    if (this.filing.disposition) return this.#file();
    const { customer, call } = this;
    const text = this.text.trim();
    this.busy = true;
    this.failure = "";
    try {
      await addNote(customer, text, call);
      if (this.text.trim() === text) this.text = ""; // what was typed meanwhile stays
      this.drafts.set(this.subject, this.text);
      this.saved = new Date();
      this.emit("noted", { customer, call });
    } catch (error) {
      this.failure =
        error.status === 0
          ? t("Not saved: the server cannot be reached. Your text is kept here.")
          : error.message || t("Not saved. Your text is kept here.");
    } finally {
      this.busy = false;
    }
  }

  /* All of it each time: the same again changes nothing, so a second press does no harm. */
  async #file() {
    const { customer, call } = this;
    const { disposition, step, due, matter } = this.filing;
    this.busy = true;
    this.failure = "";
    try {
      const note = this.text.trim();
      const stay = this.had !== "ended"; // who still talks goes on talking; the clock starts at the end
      await fileWrapUp(call, {
        disposition, note, next_step: step.trim(), next_step_due: due || null, matter_id: matter, stay,
      });
      this.drafts.set(this.subject, "");
      this.saved = new Date();
      this.emit("noted", { customer, call: customer ? call : null });
    } catch (error) {
      this.failure = error.message || t("Not saved: the server cannot be reached. Your text is kept here.");
    } finally {
      this.busy = false;
    }
  }

  #hint() {
    if (this.failure) return html`<span class="error" role="alert">${this.failure}</span>`;
    if (this.undecided) return html`<span class="muted">${t("Choose who is calling, then save")}</span>`;
    if (this.filing.due && !this.filing.step.trim()) return html`<span class="muted">${t("Say what the next step is")}</span>`;
    if (!this.customer && !this.filing.disposition) return html`<span class="muted">${t("Draft kept; saved once the caller has a card")}</span>`;
    if (this.saved) return html`<span class="saved">${icon("check")} ${t("Saved {time}", { time: clockTime(this.saved) })}</span>`;
    return html`<span class="muted">${this.text ? `${t("Draft kept")} · ` : ""}${t("Ctrl+Enter saves")}</span>`;
  }

  render() {
    return html`<section class="panel">
      <label class="heading" for="note">${this.name && !this.undecided ? t("Note for {name}", { name: this.name }) : t("Note")}</label>
      <textarea id="note" aria-keyshortcuts="Alt+N" class="field" maxlength="5000" .value=${this.text} placeholder=${t("What was said, what was promised…")}
        @input=${this.#typed} @keydown=${this.#keys}></textarea>
      ${this.had
        ? html`<rw-outcome .desk=${this.desk} .card=${this.undecided ? null : this.card} .filing=${this.filing} .wrapUp=${this.wrapUp} .dispositions=${this.dispositions}
            @keydown=${this.#keys} @filing=${({ detail }) => this.#chose(detail)}></rw-outcome>`
        : nothing}
      <div class="foot"><span role="status">${this.#hint()}</span>
        <button class="button main" ?disabled=${!this.#fits} @click=${this.#save}>${this.filing.disposition ? t("File the call") : t("Save note")}</button></div>
    </section>`;
  }
}

customElements.define("rw-note", RwNote);
