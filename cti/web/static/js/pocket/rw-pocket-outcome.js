/* After the call: what came of it, and what comes next, in two taps. */

import { RwElement, css, html, nothing } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { currentLanguage, t } from "../texts.js";
import { fileOutcome, readOutcomes } from "./pocket-api.js";

/** A day from today as the server reads it: `2026-11-25`, in this phone's own calendar. */
function dayFromNow(days, now = new Date()) {
  const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  const two = (value) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const STEPS = [
  { days: null, text: () => t("Nothing more to do") },
  { days: 0, text: () => t("Call back today") },
  { days: 1, text: () => t("Call back tomorrow") },
  { days: 3, text: () => t("Call back in 3 days") },
];

export class RwPocketOutcome extends RwElement {
  static properties = {
    outcomes: { state: true },
    outcome: { state: true },
    filed: { state: true },
    failure: { state: true },
    busy: { state: true },
  };

  static styles = [
    shared,
    css`
      section {
        display: grid;
        gap: 0.6rem;
        padding: 0.75rem 1.1rem 1rem;
        border-bottom: 2px solid var(--ink);
      }

      h2 {
        font-size: 1.5rem;
      }

      .choices {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
        gap: 0.6rem;
      }

      .thumb {
        min-height: 4rem;
        padding: 0.4rem 0.75rem;
        border: 2px solid var(--ink);
        border-radius: var(--radius);
        background: var(--surface);
        font-size: 1.25rem;
        font-weight: 700;
        overflow-wrap: anywhere;
      }

      .thumb[aria-pressed="true"] {
        background: var(--ink);
        color: var(--surface);
      }

      .filed {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        color: var(--talk);
        font-size: 1.5rem;
        font-weight: 700;
      }

      .filed .button {
        margin-inline-start: auto;
        min-height: 3rem;
        font-size: 1.125rem;
      }

      .error {
        font-size: 1.125rem;
      }
    `,
  ];

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    try {
      const { outcomes, filed } = await readOutcomes();
      this.outcomes = outcomes;
      this.filed = filed;
    } catch {
      this.again = setTimeout(() => this.#load(), 3_000); // no network just after a call is no reason to lose its outcome
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.again);
  }

  async #file(step) {
    this.busy = true;
    this.failure = "";
    const next = step.days === null ? {} : { next_step: step.text(), next_step_due: dayFromNow(step.days) };
    try {
      await fileOutcome({ disposition: this.outcome, ...next });
      this.filed = true;
    } catch (error) {
      this.failure = error.message || t("That did not work. Try again.");
    } finally {
      this.busy = false;
    }
  }

  #words(one) {
    return currentLanguage() === "en" ? one.en : one.zh;
  }

  render() {
    if (!this.outcomes) return nothing;
    if (this.filed) {
      return html`<section role="status"><p class="filed">${icon("check")}${t("Outcome filed")}
        <button class="button" @click=${() => (this.filed = false)}>${t("Change")}</button></p></section>`;
    }
    return html`<section aria-label=${t("What came of it?")}>
      <h2>${this.outcome ? t("What comes next?") : t("What came of it?")}</h2>
      <div class="choices">${this.outcomes.map(
        (one) => html`<button class="thumb" aria-pressed=${one.code === this.outcome ? "true" : "false"} ?disabled=${this.busy}
          ?hidden=${Boolean(this.outcome) && one.code !== this.outcome}
          @click=${() => (this.outcome = one.code === this.outcome ? "" : one.code)}>${this.#words(one)}</button>`,
      )}</div>
      ${this.outcome
        ? html`<div class="choices">${STEPS.map(
            (step) => html`<button class="thumb next" ?disabled=${this.busy} @click=${() => this.#file(step)}>${step.text()}</button>`,
          )}</div>`
        : nothing}
      ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
    </section>`;
  }
}

customElements.define("rw-pocket-outcome", RwPocketOutcome);
