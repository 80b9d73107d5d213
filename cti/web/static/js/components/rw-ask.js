/* What is still to be asked of this customer, and nothing that is known: a gap with a field to fill it in, a stale fact
   with one click to say that it is still so, or with a field to put it right. Must not know why something is asked. */

import * as api from "../api.js";
import { RwElement, css, html, nothing, repeat } from "../element.js";
import { icon } from "../icons.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { valueInput, valueText } from "../typed-value.js";

const KNOWN = {
  email: () => t("e-mail"),
  address: () => t("address"),
  terms: () => t("terms of payment"),
};

const name = ({ key, label }) => label || (Object.hasOwn(KNOWN, key) ? KNOWN[key]() : key);

export class RwAsk extends RwElement {
  static properties = {
    card: { attribute: false },
    desk: { attribute: false },
    callId: { attribute: false },
    done: { state: true },
    wrong: { state: true },
  };

  static styles = [
    shared,
    css`
      li,
      form {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.35rem 0.5rem;
      }

      li {
        padding: 0.2rem 0;
      }

      label {
        min-width: 3.5rem;
      }

      form .field {
        flex: 1 1 6rem;
        width: auto;
        min-width: 0;
      }

      .kept {
        color: var(--talk);
      }
    `,
  ];

  #customer = null;

  willUpdate() {
    if (this.card?.customer_id === this.#customer) return;
    this.#customer = this.card?.customer_id;
    this.done = [];
    this.wrong = null;
  }

  async #keep(event, one) {
    event.preventDefault();
    const field = event.target.elements.value;
    const value = field.value.trim();
    if (!value || composing(event)) return;
    const kind = one.key === "terms" ? "terms" : "contact";
    await this.#tell(one, () => api.keepFact(this.#customer, { key: one.key, value, kind, call_id: this.callId ?? null }));
  }

  async #tell(one, ask) {
    try {
      await ask();
      this.done = [...this.done, one.key];
      this.emit("card-changed", { customer: this.#customer, call: this.callId ?? null });
    } catch (error) {
      this.desk?.fail(error);
    }
  }

  #form(one, value) {
    const id = `ask-${one.key}`;
    return html`<form novalidate @submit=${(event) => this.#keep(event, one)}>
      <label for=${id}>${name(one)}</label>
      ${valueInput(one, { id, value })}
      <button class="button">${t("Save")}</button></form>`;
  }

  async #correct(one) {
    this.wrong = one.key;
    await this.updateComplete;
    this.renderRoot.querySelector(`#ask-${one.key}`)?.focus();
  }

  #stale(one) {
    const value = this.card.facts.find((known) => known.key === one.key)?.value ?? "";
    if (this.wrong === one.key) return this.#form(one, value);
    return html`<span class="muted">${name(one)}</span> <b>${valueText(one, value)}</b>
      <button class="button" @click=${() =>
        this.#tell(one, () => api.confirmFact(this.#customer, one.fact ?? one.key, { call_id: this.callId ?? null }))}>
        ${icon("check")}${t("Still so")}</button>
      <button class="button plain" aria-label=${t("Not so: {what}", { what: name(one) })} @click=${() => this.#correct(one)}>${t("Not so")}</button>`;
  }

  render() {
    const asked = this.card?.to_ask ?? [];
    if (!asked.length || !this.desk?.session) return nothing; // a pocket card has no log-in to write with
    return html`<section>
      <h2 class="heading">${t("Still to ask")}</h2>
      <ul>${repeat(asked, ({ key }) => key, (one) => html`<li>
        ${this.done.includes(one.key)
          ? html`<span class="kept" role="status">${icon("check")}${t("{what}: noted", { what: name(one) })}</span>`
          : one.why === "missing" ? this.#form(one) : this.#stale(one)}</li>`)}</ul>
    </section>`;
  }
}

customElements.define("rw-ask", RwAsk);
