/* The firm's own fields of a customer: which there are, what they hold, and which of them agents are told to ask. */

import { css, html, nothing } from "../element.js";
import { listed } from "../formats.js";
import { t } from "../texts.js";
import { listFields } from "./customer-api.js";
import { fieldKindWord } from "./customer-words.js";
import { address, follow } from "./places.js";
import "./rw-field-form.js";
import { View } from "./view.js";

export class RwFields extends View {
  static properties = { open: { attribute: false }, fields: { state: true } };

  static styles = [
    View.styles,
    css`
      td:first-child {
        overflow-wrap: anywhere;
      }

      code {
        color: var(--muted);
        font-size: var(--text-small);
      }
    `,
  ];

  willUpdate(changes) {
    if (changes.has("open") && changes.get("open")?.length && !this.open.length) this.load();
  }

  async read() {
    this.fields = await listFields();
  }

  #row(one) {
    return html`<tr>
      <td><a href=${address("fields", one.key)} @click=${follow("fields", one.key)}>${one.label}</a> <code>${one.key}</code></td>
      <td>${fieldKindWord(one.kind)}${one.choices.length ? html` <span class="hint">${listed(one.choices)}</span>` : nothing}</td>
      <td>${one.ask ? t("yes") : html`<span class="muted">${t("no")}</span>`}</td>
    </tr>`;
  }

  show() {
    const [key] = this.open;
    if (key) return html`<rw-field-form .session=${this.session} .fields=${this.fields} .key=${key === "+" ? "" : key}
      @changed=${() => this.load()}></rw-field-form>`;
    return html`
      <div class="head"><h1>${t("Own fields")}</h1>
        <div class="end">${this.mayChange
          ? html`<a class="button main" href=${address("fields", "+")} @click=${follow("fields", "+")}>${t("New field")}</a>`
          : nothing}</div></div>
      <section class="panel scroll">
        ${this.fields.length
          ? html`<table><thead><tr><th scope="col">${t("Field")}</th><th scope="col">${t("Holds")}</th><th scope="col">${t("Asked for")}</th></tr></thead>
              <tbody>${this.fields.map((one) => this.#row(one))}</tbody></table>`
          : html`<p class="empty">${t("What the firm wants to know of its customers beside mail, address and terms: passport until, smoker, seat on the plane. It stands on every card, in files and in the API.")}</p>`}
      </section>
    `;
  }
}

customElements.define("rw-fields", RwFields);
