/* What the customer is worth and why, and what to bring up with them: one line each, one click for what came of it.
   Must not know how worth is worked out. */

import * as api from "../api.js";
import { RwElement, css, html, nothing, repeat } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { label } from "../words.js";
import { worthLabel } from "../worth.js";

export class RwWorth extends RwElement {
  static properties = {
    card: { attribute: false },
    desk: { attribute: false },
    callId: { attribute: false },
    prompts: { state: true },
  };

  static styles = [
    shared,
    css`
      /* Nothing to say takes no room: not even the gap between two panels. */
      :host([hidden]) {
        display: none;
      }

      section {
        padding: 0.6rem 1rem;
      }

      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.5rem;
        padding: 0.15rem 0;
      }

      .answers {
        display: flex;
        gap: 0.35rem;
      }
    `,
  ];

  #asked = null;

  willUpdate() {
    const customer = this.card?.customer_id ?? null;
    if (customer === this.#asked) return;
    this.#asked = customer;
    this.prompts = [];
    if (customer !== null && this.card.worth) this.#ask(customer);
  }

  async #ask(customer) {
    try {
      const found = await api.readPrompts(customer);
      if (customer === this.#asked) this.prompts = found;
    } catch {
      /* A prompt is an extra: the card stands without it. */
    }
  }

  async #answer(prompt, outcome) {
    try {
      await api.notePlay(this.card.customer_id, prompt.play, { outcome, call_id: this.callId ?? null });
      this.prompts = this.prompts.filter((one) => one !== prompt);
    } catch (error) {
      this.desk?.fail(error);
    }
  }

  render() {
    const { worth } = this.card ?? {};
    const empty = !worth?.labels.length && !this.prompts?.length;
    this.toggleAttribute("hidden", empty);
    if (empty) return nothing;
    return html`<section class="panel">
      <h2 class="heading">${t("Worth")}</h2>
      <ul>
        ${(worth?.labels ?? []).map((one) => html`<li>${label(worthLabel(one))}</li>`)}
        ${repeat(this.prompts ?? [], ({ play }) => play, (one) => html`<li class="prompt">
          ${icon("arrow")}<b>${t("Bring up")}</b> <span>${one.text}</span>
          <span class="answers" role="group" aria-label=${one.text}>
            <button class="button" @click=${() => this.#answer(one, "accepted")}>${t("Accepted")}</button>
            <button class="button plain" @click=${() => this.#answer(one, "declined")}>${t("Declined")}</button>
            <button class="button plain" @click=${() => this.#answer(one, "later")}>${t("Later")}</button>
          </span></li>`)}
      </ul>
    </section>`;
  }
}

customElements.define("rw-worth", RwWorth);
