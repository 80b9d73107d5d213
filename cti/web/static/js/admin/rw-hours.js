/* Opening hours, the calendar, and the rota of who answers while closed. */

import { css, html, nothing } from "../element.js";
import { listed } from "../formats.js";
import { t } from "../texts.js";
import { listPeople, readRouting } from "./api.js";
import { address, follow, go } from "./places.js";
import "./rw-calendar.js";
import "./rw-hours-form.js";
import "./rw-rota.js";
import "./rw-week-bars.js";
import { View } from "./view.js";
import { spansOf } from "./week-text.js";
import { weekWords } from "./words.js";

export class RwHours extends View {
  static properties = { routing: { state: true }, people: { state: true }, open: { attribute: false } };

  static styles = [
    View.styles,
    css`
      .cards {
        display: grid;
        gap: 1rem;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
      }

      .cards h2 {
        font-size: var(--text);
      }
    `,
  ];

  constructor() {
    super();
    this.changed = async ({ detail }) => {
      await this.load();
      if (detail.gone) go("hours");
      else if (detail.key) go("hours", detail.key);
    };
  }

  async read() {
    [this.routing, this.people] = await Promise.all([readRouting(), listPeople()]);
  }

  #card(one) {
    const uses = this.routing.services.filter((other) => other.state.hours_code === one.key).map((other) => other.state.name);
    return html`<section class="panel stack">
      <h2><a href=${address("hours", one.key)} @click=${follow("hours", one.key)}>${one.key}</a></h2>
      <rw-week-bars .days=${spansOf(one.state.weekly)}></rw-week-bars>
      <p class="hint">${weekWords(one.state.weekly)}<br>${one.state.zone}${one.state.region ? ` · ${t("public holidays of {region}", { region: one.state.region })}` : nothing}
        ${uses.length ? html`<br>${t("for {services}", { services: listed(uses) })}` : nothing}</p>
    </section>`;
  }

  show() {
    const [key] = this.open ?? [];
    if (key)
      return html`<rw-hours-form .session=${this.session} .routing=${this.routing} .people=${this.people} .key=${key === "+" ? "" : key} @changed=${this.changed}></rw-hours-form>`;
    const { hours } = this.routing;
    return html`
      <div class="head"><h1>${t("Hours")}</h1><div class="end">
        ${this.mayChange ? html`<a class="button main" href=${address("hours", "+")} @click=${follow("hours", "+")}>${t("New opening hours")}</a>` : nothing}</div></div>
      <div class="stack">
        ${hours.length
          ? html`<div class="cards">${hours.map((one) => this.#card(one))}</div>`
          : html`<section class="panel"><p class="empty">${t("No opening hours yet: every number is always open.")}</p></section>`}
        <rw-rota .session=${this.session} .routing=${this.routing} .people=${this.people} @changed=${() => this.load()}></rw-rota>
        <rw-calendar .session=${this.session}></rw-calendar>
      </div>
    `;
  }
}

customElements.define("rw-hours", RwHours);
