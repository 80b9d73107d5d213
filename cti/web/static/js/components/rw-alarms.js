/* What those who lead should know of now, one quiet line each: the answer rate is low, a chain would not ring. */

import { RwElement, css, html, nothing, repeat } from "../element.js";
import { clockTime } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

const SENTENCES = {
  answer_rate: ({ rate, answered, inbound, minutes }) =>
    t("{rate} of calls answered in the last {minutes} minutes: {answered} of {inbound}", {
      rate: percent(rate), answered, inbound, minutes,
    }),
  look_ups: ({ login, customers }) =>
    t("{login} looked up {customers} customers within an hour; `ringward audit list` says which", { login, customers }),
  rehearsal: ({ fails }) =>
    t("{fails} failures in the rehearsal of the chains; `ringward report rehearsal` says which", { fails }),
};

const percent = (share) => `${(share * 100).toFixed(0)} %`;

export class RwAlarms extends RwElement {
  static properties = { alarms: { attribute: false } };

  static styles = [
    shared,
    css`
      li {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        padding: 0.3rem 1rem;
        border-bottom: 1px solid var(--line);
        color: var(--muted);
        font-size: var(--text-small);
      }

      svg {
        color: var(--ring);
      }

      b {
        color: var(--ink);
        font-weight: 600;
      }
    `,
  ];

  #line({ kind, values, since }) {
    const sentence = Object.hasOwn(SENTENCES, kind) ? SENTENCES[kind](values) : kind; // a newer server knows more
    return html`${icon("warning")}<span><b>${sentence}</b> · ${t("since {time}", { time: clockTime(since) })}</span>`;
  }

  render() {
    return html`<section role="status" aria-live="polite">
      ${this.alarms?.length
        ? html`<ul>${repeat(this.alarms, ({ kind }) => kind, (alarm) => html`<li>${this.#line(alarm)}</li>`)}</ul>`
        : nothing}
    </section>`;
  }
}

customElements.define("rw-alarms", RwAlarms);
