/* A plan, step by step: who rings, for how long, and why. Shows what it is given. */

import { RwElement, css, html, nothing } from "../element.js";
import { listed, phoneNumber } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { closedWord } from "./words.js";

export class RwPlan extends RwElement {
  static properties = { plan: { attribute: false } };

  static styles = [
    shared,
    css`
      :host {
        display: block;
      }

      ol {
        display: grid;
        gap: 0;
      }

      li {
        position: relative;
        display: grid;
        gap: 0.1rem 0.6rem;
        grid-template-columns: 1.6rem minmax(0, 1fr) auto;
        padding-bottom: 0.9rem;
      }

      li:not(:last-child)::before {
        position: absolute;
        inset: 1.6rem auto 0 0.78rem;
        width: 2px;
        background: var(--line);
        content: "";
      }

      .place {
        display: grid;
        width: 1.6rem;
        height: 1.6rem;
        border-radius: 50%;
        background: var(--brand-soft);
        color: var(--brand);
        font-size: var(--text-small);
        font-weight: 700;
        place-items: center;
      }

      li.passed .place {
        background: var(--quiet-soft);
        color: var(--muted);
      }

      b {
        font-size: var(--text);
        line-height: 1.6rem;
      }

      .seconds {
        color: var(--muted);
        font-size: var(--text-small);
        line-height: 1.6rem;
        white-space: nowrap;
      }

      p {
        grid-column: 2 / -1;
        color: var(--muted);
        font-size: var(--text-small);
      }

      .badge {
        justify-self: start;
        margin-bottom: 0.75rem;
      }

      .last {
        color: var(--muted);
        font-size: var(--text-small);
      }

      .last .place {
        background: var(--ring-soft);
        color: var(--ring);
      }
    `,
  ];

  #step(step, index) {
    const names = listed([...new Set(step.targets.map((target) => target.name))]);
    const phones = [...new Set(step.endpoint.split("&"))].map((one) => one.replace(/^PJSIP\//, "").replace(/@.*$/, "")).map(phoneNumber);
    const passed = step.targets.length > 0 && step.targets.every((target) => target.passed);
    return html`<li class=${passed ? "passed" : ""}>
      <span class="place">${index + 1}</span>
      <b>${names}</b>
      <span class="seconds">${t("{seconds} s", { seconds: step.seconds })}</span>
      <p class="number">${phones.length > 3 ? t("{count} phones", { count: phones.length }) : phones.join(" + ")}</p>
      <p>${step.why}${step.passed_text ? html` · <b class="muted">${step.passed_text}</b>` : nothing}</p>
    </li>`;
  }

  render() {
    if (!this.plan) return nothing;
    const { closed, steps, waiting } = this.plan;
    return html`
      ${closed ? html`<span class="badge moving">${t("Closed: {reason}", { reason: closedWord(closed) })}</span>` : nothing}
      <ol>
        ${steps.map((step, index) => this.#step(step, index))}
        ${steps.length
          ? html`<li class="last"><span class="place">↩</span><span>${t("Nobody answered: a promise to call back")}</span></li>`
          : html`<li class="last"><span class="place">!</span><span>${t("Nobody would ring: no phone is left.")}</span></li>`}
      </ol>
      ${waiting ? html`<p class="waiting">${t("While waiting: {said}", { said: waiting.text })}</p>` : nothing}
    `;
  }
}

customElements.define("rw-plan", RwPlan);
