/* Who was rung before in this call, for how long, and why that ended, up to the phone that rings now. */

import { RwElement, css, html, nothing } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { attemptPhone, phoneWord, reasonWord } from "../words.js";

export class RwTried extends RwElement {
  static properties = { call: { attribute: false }, desk: { attribute: false } };

  static styles = [
    shared,
    css`
      ol {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.2rem 0.45rem;
        padding: 0.5rem 1.1rem;
        border-top: 1px solid var(--line);
        background: var(--sunken);
        font-size: var(--text);
      }

      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 0.45rem;
      }

      li .icon {
        color: var(--muted);
      }

      li.here b {
        color: var(--tone);
      }
    `,
  ];

  #attempt(attempt, before) {
    return html`<li>
      ${attempt.agent === before?.agent ? nothing : html`<b>${this.desk.agentName(attempt.agent) || attempt.name}</b>`}
      <span>${attemptPhone(attempt.kind, attempt.endpoint)}</span>
      ${attempt.seconds ? html`<span class="number">${t("{n} s", { n: attempt.seconds })}</span>` : nothing}
      <span class="muted">${reasonWord(attempt.reason)}</span>
      ${icon("arrow")}
    </li>`;
  }

  render() {
    const { tried, leg, state } = this.call;
    if (!tried.length) return nothing;
    const own = leg.kind === "desk" || leg.kind === "mobile";
    return html`<ol aria-label=${t("Tried before")}>
      ${tried.map((attempt, place) => this.#attempt(attempt, tried[place - 1]))}
      <li class="here"><b>${state === "ended" ? t("you") : t("now you")}</b> ${own ? phoneWord(leg.kind) : nothing}</li>
    </ol>`;
  }
}

customElements.define("rw-tried", RwTried);
