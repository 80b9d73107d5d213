/* The note of a call or a customer. What is typed is a draft at once; saved with the button or Ctrl+Enter. */

import { addNote } from "../api.js";
import { RwElement, css, html } from "../element.js";
import { clockTime } from "../formats.js";
import { icon } from "../icons.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

export class RwNote extends RwElement {
  static properties = {
    subject: { attribute: false },
    customer: { attribute: false },
    call: { attribute: false },
    name: { attribute: false },
    undecided: { attribute: false },
    drafts: { attribute: false },
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
    this.saved = null;
    this.failure = "";
    this.busy = false;
  }

  focus() {
    this.renderRoot.querySelector("textarea").focus();
  }

  willUpdate() {
    this.text ??= this.drafts.get(this.subject);
  }

  get #fits() {
    return Boolean(this.customer) && !this.undecided && this.text.trim() !== "" && !this.busy;
  }

  #typed({ target }) {
    this.text = target.value;
    this.saved = null;
    this.drafts.set(this.subject, this.text);
  }

  #keys(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !composing(event)) {
      event.preventDefault();
      this.#save();
    }
  }

  async #save() {
    if (!this.#fits) return;
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

  #hint() {
    if (this.failure) return html`<span class="error" role="alert">${this.failure}</span>`;
    if (this.undecided) return html`<span class="muted">${t("Choose who is calling, then save")}</span>`;
    if (!this.customer) return html`<span class="muted">${t("Draft kept; saved once the caller has a card")}</span>`;
    if (this.saved) return html`<span class="saved">${icon("check")} ${t("Saved {time}", { time: clockTime(this.saved) })}</span>`;
    return html`<span class="muted">${this.text ? `${t("Draft kept")} · ` : ""}${t("Ctrl+Enter saves")}</span>`;
  }

  render() {
    return html`<section class="panel">
      <label class="heading" for="note">${this.name && !this.undecided ? t("Note for {name}", { name: this.name }) : t("Note")}</label>
      <textarea id="note" accesskey="n" class="field" maxlength="5000" .value=${this.text} placeholder=${t("What was said, what was promised…")}
        @input=${this.#typed} @keydown=${this.#keys}></textarea>
      <div class="foot"><span role="status">${this.#hint()}</span>
        <button class="button main" ?disabled=${!this.#fits} @click=${this.#save}>${t("Save note")}</button></div>
    </section>`;
  }
}

customElements.define("rw-note", RwNote);
