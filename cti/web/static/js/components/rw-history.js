/* The time line of a customer over all channels, newest first, read page by page. */

import { readHistory } from "../api.js";
import { RwElement, css, html, nothing, repeat } from "../element.js";
import { clockTime, day, money } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { channelWord, historyWord, label, matterWord, methodWord, orderWord } from "../words.js";

const PAGE = 10;

export class RwHistory extends RwElement {
  static properties = {
    customer: { attribute: false },
    desk: { attribute: false },
    entries: { state: true },
    more: { state: true },
    failed: { state: true },
  };

  static styles = [
    shared,
    css`
      section {
        padding: 0.75rem;
      }

      h2 {
        padding-bottom: 0.35rem;
      }

      li {
        padding: 0.5rem 0;
        border-top: 1px solid var(--line);
        font-size: var(--text);
      }

      li:first-child {
        border-top: 0;
      }

      .top {
        display: flex;
        flex-wrap: wrap;
        gap: 0 0.6rem;
        color: var(--muted);
        font-size: var(--text-small);
      }

      .top b {
        color: var(--ink);
        font-weight: 600;
      }

      .agent {
        margin-inline-start: auto;
      }

      p {
        overflow-wrap: anywhere;
        white-space: pre-line;
      }

      p a {
        color: var(--brand);
      }

      .button {
        width: 100%;
        margin-top: 0.35rem;
      }
    `,
  ];

  constructor() {
    super();
    this.entries = [];
    this.more = false;
    this.failed = false;
  }

  firstUpdated() {
    this.refresh();
  }

  /** Read the newest page again: a note was added. */
  async refresh() {
    await this.#read([]);
  }

  async #read(known = this.entries) {
    try {
      const page = await readHistory(this.customer, known.at(-1)?.cursor, PAGE);
      this.entries = [...known, ...page];
      this.more = page.length === PAGE;
      this.failed = false;
    } catch {
      this.failed = true;
    }
  }

  #entry(entry) {
    return html`<li>
      <div class="top"><b>${day(entry.date)} ${clockTime(entry.date)}</b><span>${this.#what(entry)}</span>
        <span class="agent">${this.desk.agentName(entry.agent)}</span></div>
      ${entry.text || entry.amount !== null
        ? html`<p>${entry.text}${entry.amount === null ? nothing : html` <b class="number">${money(entry.amount)}</b>`}</p>`
        : nothing}
      ${entry.attachments.map(
        (link) => html`<p><a href=${link} target="_blank" rel="noopener noreferrer">${link}</a></p>`,
      )}
    </li>`;
  }

  /** Which channel it came by; of an order, a payment or a complaint what it is, and how it stands. */
  #what(entry) {
    if (entry.channel) {
      const mark = entry.channel === "note" ? nothing : icon(entry.direction === "out" ? "outgoing" : "incoming");
      return html`${mark} ${label(channelWord(entry.channel))}`;
    }
    const state =
      entry.kind === "order" ? orderWord(entry.state) : entry.kind === "payment" ? methodWord(entry.method) : matterWord(entry.state);
    return html`${label(historyWord(entry.kind))} · ${label(state)}`;
  }

  render() {
    return html`<section class="panel">
      <h2 class="heading">${t("History")}</h2>
      <ul>${repeat(this.entries, ({ cursor }) => cursor, (entry) => this.#entry(entry))}</ul>
      ${this.failed
        ? html`<p class="error">${t("The history could not be read.")} <button class="link" @click=${() => this.#read()}>${t("Try again")}</button></p>`
        : !this.entries.length
          ? html`<p class="muted">${t("none")}</p>`
          : nothing}
      ${this.more ? html`<button class="button" @click=${() => this.#read()}>${t("Earlier")}</button>` : nothing}
    </section>`;
  }
}

customElements.define("rw-history", RwHistory);
