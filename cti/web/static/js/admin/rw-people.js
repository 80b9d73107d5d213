/* Everybody: their phones, whether these would ring now, who stands in; and the way to one person. */

import { css, html, nothing } from "../element.js";
import { phoneNumber } from "../formats.js";
import { icon } from "../icons.js";
import { t } from "../texts.js";
import { presenceWord } from "../words.js";
import { listPeople } from "./api.js";
import { address, follow } from "./places.js";
import { View } from "./view.js";

const GOOD = new Set(["available", "ringing", "on_call"]);

export class RwPeople extends View {
  static properties = { people: { state: true }, all: { state: true }, sought: { state: true } };

  static styles = [
    View.styles,
    css`
      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem 1rem;
        margin-bottom: 0.75rem;
      }

      .tools .field {
        flex: 1 1 16rem;
        max-width: 26rem;
      }

      td a {
        font-weight: 600;
      }

      .gone td {
        color: var(--muted);
      }

      @media (max-width: 40rem) {
        thead {
          position: absolute;
          clip-path: inset(50%);
        }

        tr {
          display: grid;
          padding: 0.5rem 0;
          border-bottom: 1px solid var(--line);
          grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        }

        td {
          padding: 0.1rem 0.5rem 0.1rem 0;
          border: 0;
          font-size: var(--text-small);
        }

        td:first-child {
          font-size: var(--text);
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  async read() {
    this.people = await listPeople(this.all);
  }

  get found() {
    const sought = (this.sought ?? "").trim().toLowerCase();
    const digits = sought.replace(/\D/g, "").replace(/^0/, "");
    return this.people.filter((one) => {
      const words = [one.code, one.name, one.nickname, one.department, one.extension].join(" ").toLowerCase();
      const numbers = [one.mobile, ...one.direct].join(" ");
      return words.includes(sought) || (digits.length > 2 && numbers.includes(digits));
    });
  }

  #desk(one) {
    if (!one.extension) return html`<span class="muted">–</span>`;
    if (one.profile === "mobile-only") return html`<span class="muted number">${one.extension} · ${t("not rung")}</span>`;
    const off = one.desk_passed === "offline";
    return html`<span class="number"><span class="dot ${off ? "bad" : "good"}"></span>${one.extension}</span>
      ${off ? html`<span class="error">${t("phone not registered")}</span>` : nothing}`;
  }

  #row(one, names) {
    const dot = one.active ? (GOOD.has(one.state) ? "good" : one.state === "dnd" ? "bad" : "warn") : "";
    return html`<tr class=${one.active ? "" : "gone"}>
      <td><a href=${address("people", one.code)} @click=${follow("people", one.code)}>${one.nickname || one.name}</a>
        <span class="muted">${one.nickname ? one.name : nothing} <span class="number">${one.code}</span></span></td>
      <td>${one.active ? html`<span class="dot ${dot}"></span>${presenceWord(one.state)}` : t("has left")}</td>
      <td>${this.#desk(one)}</td>
      <td class="number">${one.mobile ? phoneNumber(one.mobile) : html`<span class="muted">–</span>`}</td>
      <td>${one.deputy ? html`<span class="muted">→</span> ${names.get(one.deputy) ?? one.deputy}` : html`<span class="error">${t("no deputy")}</span>`}</td>
      <td class="number">${one.direct.map(phoneNumber).join(" ") || nothing}</td>
      <td class="muted">${one.department}</td>
    </tr>`;
  }

  show() {
    const names = new Map(this.people.map((one) => [one.code, one.nickname || one.name]));
    const found = this.found;
    return html`
      <div class="head">
        <h1>${t("People")}</h1>
        <div class="end">
          ${this.mayChange
            ? html`<a class="button main" href=${address("people", "+")} @click=${follow("people", "+")}>${icon("plus")}${t("New person")}</a>`
            : nothing}
        </div>
      </div>
      <div class="tools">
        <input class="field" type="search" aria-label=${t("Search people")} placeholder=${t("Name, code or number")}
          .value=${this.sought ?? ""} @input=${({ target }) => (this.sought = target.value)}>
        <label class="choice"><input type="checkbox" .checked=${Boolean(this.all)} @change=${({ target }) => {
          this.all = target.checked;
          this.load();
        }}>${t("Those who have left, too")}</label>
      </div>
      <section class="panel scroll" tabindex="0" role="region" aria-label=${t("People")}>
        ${this.people.length === 0
          ? html`<p class="empty">${t("Nobody is set up yet. Begin with a new person.")}</p>`
          : found.length === 0
            ? html`<p class="empty">${t("Nobody is found by that.")}</p>`
            : html`<table>
                <thead><tr><th>${t("Name")}</th><th>${t("Now")}</th><th>${t("Desk")}</th><th>${t("Mobile")}</th><th>${t("Deputy")}</th><th>${t("Direct number")}</th><th>${t("Department")}</th></tr></thead>
                <tbody>${found.map((one) => this.#row(one, names))}</tbody>
              </table>`}
      </section>
    `;
  }
}

customElements.define("rw-people", RwPeople);
