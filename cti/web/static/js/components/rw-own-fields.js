/* The firm's own fields of a customer: what is known, read by its type, and changed or filled in by an input of it. */

import * as api from "../api.js";
import { RwElement, css, html, nothing, repeat } from "../element.js";
import { day } from "../formats.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { valueInput, valueText } from "../typed-value.js";

export class RwOwnFields extends RwElement {
  static properties = {
    card: { attribute: false },
    desk: { attribute: false },
    callId: { attribute: false },
    editing: { state: true },
    fault: { state: true },
    busy: { state: true },
  };

  static styles = [
    shared,
    css`
      h2 {
        margin-bottom: 0.35rem;
      }

      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.15rem 0.5rem;
        padding: 0.15rem 0;
        font-size: var(--text);
        overflow-wrap: anywhere;
      }

      li small {
        color: var(--muted);
        font-size: var(--text-small);
      }

      form {
        display: flex;
        flex: 1 1 100%;
        flex-wrap: wrap;
        gap: 0.35rem 0.5rem;
      }

      form .field {
        flex: 1 1 8rem;
        width: auto;
        min-width: 0;
      }

      .change {
        min-height: 1.6rem;
        padding: 0 0.4rem;
        font-size: var(--text-small);
      }
    `,
  ];

  #customer = null;

  willUpdate() {
    if (this.card?.customer_id === this.#customer) return;
    this.#customer = this.card?.customer_id;
    this.editing = this.fault = null;
  }

  async #edit(key) {
    this.editing = key;
    this.fault = null;
    await this.updateComplete;
    this.renderRoot.querySelector(`#own-${key}`)?.focus();
  }

  async #end() {
    const key = this.editing;
    this.editing = this.fault = null;
    await this.updateComplete;
    this.renderRoot.querySelector(`#change-${key}`)?.focus();
  }

  async #save(event, field) {
    event.preventDefault();
    const value = event.target.elements.value.value.trim();
    if (!value || composing(event)) return;
    this.busy = true;
    this.fault = null;
    try {
      await api.keepFact(this.#customer, { key: field.key, value, kind: "field", call_id: this.callId ?? null });
      this.emit("card-changed", { customer: this.#customer, call: this.callId ?? null });
      await this.#end();
    } catch (error) {
      this.fault = error;
    } finally {
      this.busy = false;
    }
  }

  #keys(event) {
    if (event.key !== "Escape" || composing(event)) return;
    event.stopPropagation();
    this.#end();
  }

  #form(field, known) {
    const sentence = this.fault && (this.fault.status === 0 ? t("Not saved: the server cannot be reached. What you typed stays here.") : this.fault.message);
    return html`<form novalidate @submit=${(event) => this.#save(event, field)} @keydown=${this.#keys}>
      ${valueInput(field, { id: `own-${field.key}`, value: known?.value })}
      <button class="button" ?disabled=${this.busy}>${t("Save")}</button>
      <button type="button" class="button plain" @click=${() => this.#end()}>${t("Cancel")}</button>
      ${sentence ? html`<span class="error" role="alert">${sentence.replace(/^\w+\s*[:：]\s*/, "")}</span>` : nothing}
    </form>`;
  }

  #row(field, known) {
    const editing = this.editing === field.key;
    const may = this.desk?.session && this.desk.session.role !== "auditor";
    return html`<li>
      <label class="muted" for=${`own-${field.key}`}>${field.label}</label>
      ${editing ? nothing : known ? html`<b>${valueText(field, known.value)}</b> <small>${day(known.last_confirmed)}</small>` : html`<span class="muted">–</span>`}
      ${may && !editing
        ? html`<button id="change-${field.key}" class="button change" aria-label=${known ? t("Change: {what}", { what: field.label }) : t("Fill in: {what}", { what: field.label })}
            @click=${() => this.#edit(field.key)}>${known ? t("Change") : t("Fill in")}</button>`
        : nothing}
      ${editing ? this.#form(field, known) : nothing}
    </li>`;
  }

  render() {
    const known = new Map((this.card?.facts ?? []).map((one) => [one.key, one]));
    // What must not be mentioned stands in the warning above; what is to be asked has its field there.
    const asked = new Set(this.card?.to_ask.filter(({ why }) => why === "missing").map(({ key }) => key));
    const shown = (this.card?.fields ?? []).filter(({ key }) => !known.get(key)?.do_not_mention && !asked.has(key));
    if (!shown.length) return nothing;
    return html`<section>
      <h2 class="heading">${t("Also known")}</h2>
      <ul>${repeat(shown, ({ key }) => key, (field) => this.#row(field, known.get(field.key)))}</ul>
    </section>`;
  }
}

customElements.define("rw-own-fields", RwOwnFields);
