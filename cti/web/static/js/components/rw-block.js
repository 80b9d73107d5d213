/* One block of the card: rows of date, what, person and state, aligned so that the eye runs down one column. */

import { RwElement, css, html, nothing } from "../element.js";
import { day } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

export class RwBlock extends RwElement {
  static properties = {
    heading: { attribute: false },
    rows: { attribute: false },
    desk: { attribute: false },
    most: { attribute: false },
    all: { state: true },
  };

  static styles = [
    shared,
    css`
      :host {
        display: block;
        padding: 0.7rem 1.1rem 0.75rem;
        border-top: 1px solid var(--line);
      }

      :host(:first-child) {
        border-top: 0;
      }

      .top {
        display: flex;
        align-items: baseline;
        gap: 0.6rem;
      }

      h2 {
        font-size: var(--text-small);
        font-weight: 700;
      }

      .top .muted {
        font-size: var(--text-small);
      }

      li {
        display: grid;
        grid-template-columns: 4.7rem minmax(0, 1fr) 3.4rem 4.6rem;
        align-items: baseline;
        gap: 0 0.75rem;
        padding: 0.28rem 0;
        font-size: var(--text);
      }

      .date {
        color: var(--muted);
        font-size: var(--text-small);
        font-variant-numeric: tabular-nums;
      }

      .text {
        overflow-wrap: anywhere;
      }

      .text .muted {
        font-size: var(--text-small);
      }

      .closed .text {
        color: var(--muted);
      }

      .agent {
        color: var(--muted);
        font-size: var(--text-small);
      }

      .state {
        justify-self: end;
      }

      .link {
        font-size: var(--text-small);
      }

      @media (max-width: 40rem) {
        :host {
          padding-inline: 0.9rem;
        }

        li {
          grid-template-columns: auto minmax(0, 1fr) auto;
          padding: 0.4rem 0;
        }

        .text {
          order: 4;
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  #row(row) {
    const detail = row.detail.filter(Boolean);
    return html`<li>
      <span class="date">${day(row.date)}</span>
      <span class="text">${row.mark ? html`<span class="muted">${icon(row.mark)}</span> ` : nothing}${row.text}
        ${detail.length ? html`<span class="muted">${detail.join(" · ")}</span>` : nothing}</span>
      <span class="agent">${this.desk.agentName(row.agent)}</span>
      <span class="state badge ${row.tone}">${row.state}</span>
    </li>`;
  }

  render() {
    const hidden = this.all ? 0 : Math.max(0, this.rows.length - this.most);
    const rows = hidden ? this.rows.slice(0, this.most) : this.rows;
    return html`
      <div class="top"><h2>${this.heading}</h2>
        <span class="muted">${this.rows.length ? this.rows.length : t("none")}</span></div>
      <ul>${rows.map((row) => this.#row(row))}</ul>
      ${hidden ? html`<button class="link" @click=${() => (this.all = true)}>${t("{n} more", { n: hidden })}</button>` : nothing}
    `;
  }
}

customElements.define("rw-block", RwBlock);
