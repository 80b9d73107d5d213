/* Personal data: a customer is found to give out or erase what is held on them; and how long records are kept. */

import "../components/rw-search.js";
import { css, html, nothing } from "../element.js";
import { clockTime, day } from "../formats.js";
import { t } from "../texts.js";
import { listPeople } from "./api.js";
import { readRetention } from "./customer-api.js";
import { keptKindWord } from "./customer-words.js";
import { go } from "./places.js";
import "./rw-personal-data.js";
import { View } from "./view.js";

export class RwPrivacy extends View {
  static properties = { open: { attribute: false }, retention: { state: true } };

  static styles = [
    View.styles,
    css`
      rw-search {
        display: block;
        max-width: 30rem;
      }

      td.many {
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  willUpdate(changes) {
    if (changes.has("open") && changes.get("open")?.length && !this.open.length) this.load();
  }

  async read() {
    const [retention, people] = await Promise.all([readRetention(), listPeople(true)]);
    this.retention = retention;
    this.names = new Map(people.map(({ code, nickname, name }) => [code, nickname || name]));
  }

  #find() {
    const desk = { agentName: (code) => this.names.get(code) ?? code };
    return html`<section class="panel stack"><h2>${t("Whose data?")}</h2>
      <p class="hint">${t("Give a customer everything that is held on them, or erase them for good. Both stand in the audit.")}</p>
      <rw-search .desk=${desk} label=${t("Find the customer")} @pick=${(event) => {
        event.stopPropagation();
        go("privacy", String(event.detail.customer));
      }}></rw-search></section>`;
  }

  #kind(one) {
    return html`<tr><th scope="row">${keptKindWord(one.kind)}</th>
      <td>${one.days ? t("{n} days", { n: one.days }) : t("for good")}</td>
      <td class="many">${one.count}</td>
      <td class="many">${one.over || html`<span class="muted">–</span>`}</td>
      <td class="number">${one.oldest ? `${day(one.oldest)} ${clockTime(one.oldest)}` : "–"}</td></tr>`;
  }

  #kept() {
    const { at, keep_orders_years: years, kinds } = this.retention;
    return html`<section class="panel stack"><h2>${t("How long records are kept")}</h2>
      <div class="scroll" tabindex="0" role="region" aria-label=${t("How long records are kept")}><table>
        <thead><tr><th scope="col">${t("What")}</th><th scope="col">${t("Kept")}</th><th scope="col">${t("How many")}</th>
          <th scope="col">${t("Older, go tonight")}</th><th scope="col">${t("The oldest")}</th></tr></thead>
        <tbody>${kinds.map((one) => this.#kind(one))}</tbody></table></div>
      <p class="hint">${t("What is older goes every night at {at}; what is owed or goes on stays, and so does the audit. Paid orders of an erased person stay {years} years without them. Set in ringward.toml: keep_days, retention_at, keep_orders_years.", { at, years })}</p>
    </section>`;
  }

  show() {
    const [customer] = this.open;
    if (customer) return html`<rw-personal-data .session=${this.session} .customer=${customer}></rw-personal-data>`;
    return html`<div class="head"><h1>${t("Personal data")}</h1></div>
      <div class="stack">${this.#find()} ${this.#kept()}</div>`;
  }
}

customElements.define("rw-privacy", RwPrivacy);
