/* A number of several people: which of them is calling, in one tap. The card stands meanwhile as the likeliest's. */

import { RwElement, css, html, nothing } from "../element.js";
import { icon } from "../icons.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { matchWord, probablyWord } from "../words.js";

export class RwWhich extends RwElement {
  static properties = { call: { attribute: false }, desk: { attribute: false }, failure: { state: true }, busy: { state: true } };

  static styles = [
    shared,
    css`
      section {
        display: grid;
        gap: 0.6rem;
        padding: 0.75rem 1.1rem 0.9rem;
      }

      .asking {
        border-color: var(--brand);
        background: var(--brand-soft);
      }

      h2 {
        font-size: var(--text-large);
      }

      .decided h2 {
        color: var(--muted);
        font-size: var(--text-small);
      }

      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
      }

      .button {
        display: grid;
        justify-items: start;
        gap: 0;
        min-height: 3rem;
        padding: 0.35rem 0.9rem;
        white-space: normal;
        text-align: start;
      }

      .button small {
        color: var(--muted);
        font-size: var(--text-small);
        font-weight: 400;
      }

      .button .probably {
        color: var(--brand);
      }

      .decided .button {
        min-height: 2.25rem;
      }

      [aria-pressed="true"] {
        border-color: var(--brand);
        box-shadow: inset 0 0 0 1px var(--brand);
        color: var(--brand);
      }
    `,
  ];

  async #choose(customer) {
    this.busy = true;
    this.failure = "";
    try {
      await this.desk.tie(this.call, customer);
    } catch (error) {
      this.failure = error.message || t("That did not work. Try again.");
    } finally {
      this.busy = false;
    }
  }

  /* Between the people with the arrows, as in any list. */
  #keys(event) {
    const people = [...this.renderRoot.querySelectorAll("ul button")];
    const at = people.indexOf(this.renderRoot.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step || composing(event)) return;
    event.preventDefault();
    people[Math.min(people.length - 1, Math.max(0, at + step))].focus();
  }

  render() {
    const { call } = this;
    const decided = Boolean(call.chosen);
    return html`<section class="panel ${decided ? "decided" : "asking"}">
      <h2>${decided ? t("Calling is") : t("Which of them is calling?")}</h2>
      <ul @keydown=${this.#keys}>${call.matches.map(
        (match) => html`<li><button class="button" ?disabled=${this.busy} aria-pressed=${call.chosen === match.customer_id ? "true" : "false"}
          @click=${() => this.#choose(match.customer_id)}>
          <span>${call.chosen === match.customer_id ? icon("check") : nothing} ${match.name}</span>
          <small>${match.tier ? `${t("Tier {tier}", { tier: match.tier })} · ` : ""}${matchWord(match.why)}</small>
          ${match.probably ? html`<small class="probably">${probablyWord(match.probably)}</small>` : nothing}
        </button></li>`,
      )}
      ${call.disputed
        ? nothing
        : html`<li><button class="button" ?disabled=${this.busy} @click=${() => this.emit("dispute")}>
            <span>${t("Someone else")}</span><small>${t("not on this list")}</small></button></li>`}</ul>
      ${!decided && call.card ? html`<p class="muted">${t("Below: {name}, the likeliest. Nothing is saved to a card before you choose.", { name: call.card.name })}</p>` : nothing}
      ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
    </section>`;
  }
}

customElements.define("rw-which", RwWhich);
