/* Customers who may be one: suspected pairs, the likeliest first, and the merges that were made. */

import { css, html, nothing } from "../element.js";
import { t } from "../texts.js";
import { findDuplicates, listDuplicates, listMerges } from "./customer-api.js";
import { likenessWord } from "./customer-words.js";
import { address, follow } from "./places.js";
import "./rw-merges.js";
import "./rw-pair.js";
import { View, sentenceOf } from "./view.js";

export class RwDuplicates extends View {
  static properties = {
    open: { attribute: false },
    pairs: { state: true },
    merges: { state: true },
    busy: { state: true },
    said: { state: true },
    fault: { state: true },
  };

  static styles = [
    View.styles,
    css`
      .pairs > li {
        display: grid;
        gap: 0.1rem 1rem;
        grid-template-columns: 3.5rem minmax(0, 1fr) auto;
        align-items: center;
        padding: 0.6rem 0;
        border-bottom: 1px solid var(--line);
      }

      .pairs > li:last-child {
        border: 0;
      }

      .score {
        color: var(--brand);
        font-size: 1.375rem;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
      }

      .pairs b {
        overflow-wrap: anywhere;
      }

      .why {
        display: block;
        color: var(--muted);
        font-size: var(--text-small);
      }
    `,
  ];

  willUpdate(changes) {
    if (changes.has("open") && changes.get("open")?.length && !this.open.length) this.load();
  }

  async read() {
    [this.pairs, this.merges] = await Promise.all([listDuplicates(), listMerges()]);
  }

  async #find() {
    this.busy = true;
    this.fault = null;
    this.said = "";
    try {
      const { open } = await findDuplicates();
      await this.load();
      this.said = t("The whole book was compared: {n} pairs look alike.", { n: open });
    } catch (error) {
      this.fault = error;
    } finally {
      this.busy = false;
    }
  }

  #pair(one) {
    return html`<li>
      <span class="score" title=${t("How likely they are one, of 99")}>${one.score}<span class="sr"> ${t("of 99")}</span></span>
      <span><b>${one.first}</b> <span class="muted number">${one.first_id}</span> · <b>${one.second}</b> <span class="muted number">${one.second_id}</span>
        <span class="why">${one.reasons.map(likenessWord).join(" · ")}</span></span>
      <a class="button" href=${address("duplicates", one.first_id, one.second_id)} aria-label=${t("Compare {one} and {other}", { one: `${one.first} ${one.first_id}`, other: `${one.second} ${one.second_id}` })}
        @click=${follow("duplicates", one.first_id, one.second_id)}>${t("Compare")}</a>
    </li>`;
  }

  show() {
    if (this.open.length) return html`<rw-pair .session=${this.session} .ids=${this.open}></rw-pair>`;
    return html`
      <div class="head"><h1>${t("Duplicates")}</h1>
        <div class="end">${this.mayChange
          ? html`<button class="button" ?disabled=${this.busy} @click=${this.#find}>${this.busy ? t("Comparing…") : t("Compare the whole book now")}</button>`
          : nothing}</div></div>
      <div class="stack">
        ${this.fault ? html`<p class="notice bad" role="alert">${sentenceOf(this.fault)}</p>` : nothing}
        ${this.said ? html`<p class="notice good" role="status">${this.said}</p>` : nothing}
        <section class="panel"><h2>${t("May be one customer")}</h2>
          ${this.pairs.length
            ? html`<ul class="pairs">${this.pairs.map((one) => this.#pair(one))}</ul>`
            : html`<p class="empty">${t("No two customers look alike, as far as the book was compared.")}</p>`}
        </section>
        <section class="panel"><h2>${t("What was merged")}</h2>
          <rw-merges .session=${this.session} .merges=${this.merges} @changed=${() => this.load()}></rw-merges></section>
      </div>
    `;
  }
}

customElements.define("rw-duplicates", RwDuplicates);
