/* Find a customer by name, number, customer code or order number, as one types. Says who was picked; what is done with them is another's. */

import { findCustomers } from "../api.js";
import { RwElement, css, html, nothing } from "../element.js";
import { phoneNumber } from "../formats.js";
import { icon } from "../icons.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

const PAUSE = 90; // asks between a fast typist's letters at times; the question before it is broken off
const SHORTEST = 2; // one letter would list half the firm

/** What led to a customer, where the line does not show it anyway. */
export function foundBy({ found_by: by, found }) {
  if (by === "code") return t("Customer code {code}", { code: found });
  return by === "order" ? t("Order {order}", { order: found }) : "";
}

export class RwSearch extends RwElement {
  static properties = {
    desk: { attribute: false },
    label: {},
    found: { state: true },
    failed: { state: true },
  };

  static styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
      }

      .box {
        position: relative;
      }

      .box .icon {
        position: absolute;
        inset-block-start: 0.6rem;
        inset-inline-start: 0.65rem;
        color: var(--muted);
        pointer-events: none;
      }

      .field {
        padding-inline-start: 2.2rem;
      }

      ul,
      .none {
        position: absolute;
        z-index: 10;
        inset-inline: 0;
        margin-top: 0.3rem;
        padding: 0.3rem;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius);
        background: var(--surface);
        box-shadow: 0 8px 30px rgb(0 0 0 / 18%);
        max-height: 22rem;
        overflow: auto;
      }

      .none {
        padding: 0.7rem 0.9rem;
        color: var(--muted);
        font-size: var(--text);
      }

      li button {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 0.6rem;
        width: 100%;
        padding: 0.45rem 0.6rem;
        border: 0;
        border-radius: var(--radius-small);
        background: none;
        text-align: start;
      }

      li button:hover,
      li button:focus-visible {
        background: var(--hover);
      }

      li b {
        overflow-wrap: anywhere;
      }

      li .muted {
        font-size: var(--text-small);
      }
    `,
  ];

  constructor() {
    super();
    this.label = "";
    this.found = null;
    this.failed = false;
  }

  #typed({ target }) {
    clearTimeout(this.pause);
    const text = target.value.trim();
    if (text.length < SHORTEST) {
      this.running?.abort();
      this.found = null;
      return;
    }
    this.pause = setTimeout(() => this.#find(text), PAUSE);
  }

  async #find(text) {
    this.running?.abort();
    this.running = new AbortController();
    try {
      this.found = await findCustomers(text, this.running.signal);
      this.failed = false;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.found = [];
      this.failed = true;
    }
  }

  #pick({ customer_id: customer, name }) {
    this.#clear();
    this.emit("pick", { customer, name });
  }

  #clear() {
    this.found = null;
    this.renderRoot.querySelector("input").value = "";
  }

  focus() {
    const field = this.renderRoot.querySelector("input");
    field.focus();
    field.select();
  }

  #keys(event) {
    if (composing(event)) return;
    const stops = [this.renderRoot.querySelector("input"), ...this.renderRoot.querySelectorAll("li button")];
    const at = stops.indexOf(this.renderRoot.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      stops[Math.min(stops.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
    } else if (event.key === "Escape") {
      this.#clear();
      stops[0].focus();
    } else if (event.key === "Enter" && at === 0 && this.found?.length) {
      this.#pick(this.found[0]);
    }
  }

  #left({ relatedTarget }) {
    if (!this.renderRoot.contains(relatedTarget)) this.found = null;
  }

  render() {
    const hint = t("Find: name, number, code, order");
    const label = this.label || hint;
    return html`
      <div class="box" role="search" aria-label=${label} @keydown=${this.#keys} @focusout=${this.#left}>
        ${icon("search")}
        <input class="field" type="search" autocomplete="off" spellcheck="false" aria-label=${label} placeholder=${hint} @input=${this.#typed}>
        ${this.found ? this.#results() : nothing}
      </div>
    `;
  }

  #results() {
    if (this.failed) return html`<div class="none" role="status">${t("The search did not work. Try again.")}</div>`;
    if (!this.found.length) return html`<div class="none" role="status">${t("Nobody found")}</div>`;
    return html`<ul>
      ${this.found.map(
        (one) => html`<li><button @click=${() => this.#pick(one)}>
          <b>${one.name}</b>
          ${one.tier ? html`<span class="badge brand">${t("Tier {tier}", { tier: one.tier })}</span>` : nothing}
          <span class="muted number">${phoneNumber(one.number)}</span>
          ${one.owner ? html`<span class="muted">${t("Owner")} ${this.desk.agentName(one.owner)}</span>` : nothing}
          ${foundBy(one) ? html`<span class="muted found">${foundBy(one)}</span>` : nothing}
        </button></li>`,
      )}
    </ul>`;
  }
}

customElements.define("rw-search", RwSearch);
