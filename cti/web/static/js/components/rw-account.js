/* How a customer mostly pays, what is open and what of it is overdue; nothing while nothing is known.
   Must not know how it is worked out. */

import { readAccount } from "../api.js";
import { RwElement, css, html, nothing } from "../element.js";
import { money } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { methodWord } from "../words.js";

export class RwAccount extends RwElement {
  static properties = { customer: { attribute: false }, account: { state: true } };

  static styles = [
    shared,
    css`
      p {
        display: flex;
        flex-wrap: wrap;
        gap: 0 0.75rem;
        font-size: var(--text);
      }

      .overdue {
        color: var(--alarm);
        font-weight: 600;
      }
    `,
  ];

  #asked = null;

  willUpdate() {
    if (this.customer === this.#asked) return;
    this.#asked = this.customer;
    this.account = null;
    if (this.customer) this.#ask(this.customer);
  }

  async #ask(customer) {
    try {
      const found = await readAccount(customer);
      if (customer === this.#asked) this.account = found;
    } catch {
      /* The card stands without it. */
    }
  }

  render() {
    const { preferred, outstanding, overdue } = this.account ?? {};
    if (!preferred && !outstanding) return nothing;
    return html`<p>
      ${preferred ? html`<span>${t("Mostly pays by {method}", { method: methodWord(preferred) })}</span>` : nothing}
      ${outstanding ? html`<span>${t("Open: {amount}", { amount: money(outstanding) })}</span>` : nothing}
      ${overdue ? html`<span class="overdue">${t("Overdue: {amount}", { amount: money(overdue) })}</span>` : nothing}
    </p>`;
  }
}

customElements.define("rw-account", RwAccount);
