/* Everybody who may log in, and a new log-in. */

import { css, html, nothing } from "../element.js";
import { clockTime, day } from "../formats.js";
import { t } from "../texts.js";
import { listLogins, listPeople } from "./api.js";
import { address, follow } from "./places.js";
import "./rw-login-form.js";
import { View } from "./view.js";
import { roleWord } from "./words.js";

const MAY = {
  agent: () => t("works with calls, customers and promises"),
  lead: () => t("also sees everybody's calls, reports and set-up"),
  manager: () => t("also changes the set-up and log-ins"),
  admin: () => t("everything, administrators' log-ins included"),
  auditor: () => t("sees what a lead sees, and the log-ins; changes nothing"),
};

export class RwLogins extends View {
  static properties = { logins: { state: true }, people: { state: true }, making: { state: true } };

  static styles = [
    View.styles,
    css`
      li {
        display: grid;
        gap: 0.25rem 1rem;
        padding: 0.75rem 0;
        border-bottom: 1px solid var(--line);
      }

      li:last-child {
        border: 0;
      }

      @media (min-width: 60rem) {
        li {
          grid-template-columns: minmax(0, 1fr) 15rem;
        }
      }

      dl {
        display: grid;
        gap: 0.25rem 1rem;
        grid-template-columns: auto minmax(0, 1fr);
        font-size: var(--text-small);
      }

      dt {
        font-weight: 600;
      }

      .about {
        color: var(--muted);
        font-size: var(--text-small);
      }
    `,
  ];

  async read() {
    [this.logins, this.people] = await Promise.all([listLogins(), listPeople(true)]);
  }

  #name(code) {
    const found = this.people.find((one) => one.code === code);
    return found ? found.nickname || found.name : code;
  }

  #row(one) {
    return html`<li>
      <rw-login-form .session=${this.session} .account=${one} @changed=${() => this.load()}></rw-login-form>
      <div class="about">
        ${one.agent
          ? html`<a href=${address("people", one.agent)} @click=${follow("people", one.agent)}>${this.#name(one.agent)} ${one.agent}</a>`
          : t("nobody's own")}
        · ${one.sessions ? t("{count} open, the newest of {when}", { count: one.sessions, when: `${day(one.since)} ${clockTime(one.since)}` }) : t("not logged in")}
      </div>
    </li>`;
  }

  show() {
    return html`
      <div class="head">
        <h1>${t("Log-ins")}</h1>
        <div class="end">
          ${this.mayChange
            ? html`<button class="button main" aria-expanded=${Boolean(this.making)} @click=${() => (this.making = !this.making)}>${t("New log-in")}</button>`
            : nothing}
        </div>
      </div>
      <div class="stack">
        ${this.making
          ? html`<section class="panel stack"><h2>${t("New log-in")}</h2>
              <rw-login-form .session=${this.session} .people=${this.people.filter((one) => one.active)} @changed=${() => ((this.making = false), this.load())}></rw-login-form></section>`
          : nothing}
        <section class="panel"><ul>${this.logins.map((one) => this.#row(one))}</ul></section>
        <section class="panel stack"><h2>${t("Who may do what")}</h2>
          <dl>${Object.entries(MAY).map(([role, words]) => html`<dt>${roleWord(role)}</dt><dd class="muted">${words()}</dd>`)}</dl></section>
      </div>
    `;
  }
}

customElements.define("rw-logins", RwLogins);
