/* Numbers → service → team → hours → fallback, drawn to be read; each part opens its form beside it. */

import { css, html, nothing } from "../element.js";
import { phoneNumber } from "../formats.js";
import { t } from "../texts.js";
import { kindWord } from "../words.js";
import { listPeople, readRouting } from "./api.js";
import { address, follow, go } from "./places.js";
import "./rw-group-form.js";
import "./rw-number-form.js";
import "./rw-service-form.js";
import "./rw-tier-form.js";
import { View } from "./view.js";
import { weekWords } from "./words.js";

const FORMS = {
  number: (view, key) => html`<rw-number-form .session=${view.session} .routing=${view.routing} .people=${view.people} .key=${key} @changed=${view.changed}></rw-number-form>`,
  service: (view, key) => html`<rw-service-form .session=${view.session} .routing=${view.routing} .people=${view.people} .key=${key} @changed=${view.changed}></rw-service-form>`,
  group: (view, key) => html`<rw-group-form .session=${view.session} .routing=${view.routing} .people=${view.people} .key=${key} @changed=${view.changed}></rw-group-form>`,
  tier: (view, key) => html`<rw-tier-form .session=${view.session} .routing=${view.routing} .people=${view.people} .key=${key} @changed=${view.changed}></rw-tier-form>`,
};

export class RwChains extends View {
  static properties = { routing: { state: true }, people: { state: true }, open: { attribute: false } };

  static styles = [
    View.styles,
    css`
      .path {
        display: grid;
        gap: 0.6rem;
        padding: 0.9rem 0;
        border-bottom: 1px solid var(--line);
      }

      .path:last-child {
        border: 0;
      }

      .way {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.4rem;
      }

      .way + .way {
        padding-inline-start: 1.2rem;
      }

      .part {
        display: inline-grid;
        padding: 0.3rem 0.7rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
        background: var(--sunken);
        color: var(--ink);
        font-size: var(--text);
        text-decoration: none;
      }

      a.part:hover {
        border-color: var(--brand);
      }

      .part small {
        color: var(--muted);
        font-size: var(--text-small);
      }

      .part.number {
        border-color: var(--brand);
        background: var(--brand-soft);
        font-weight: 600;
      }

      .part.night {
        border-color: var(--ring-line);
        background: var(--ring-soft);
      }

      .part.end {
        border-style: dashed;
      }

      .when {
        color: var(--muted);
        font-size: var(--text-small);
        font-weight: 600;
      }

      .hop {
        display: inline-flex;
        align-items: center;
        gap: 0.4rem;
        min-width: 0;
      }

      .arrow {
        color: var(--muted);
      }

      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
      }
    `,
  ];

  constructor() {
    super();
    this.changed = async ({ detail }) => {
      await this.load();
      if (detail.gone) go("chains");
      else if (detail.key) go("chains", detail.subject, detail.key);
    };
  }

  async read() {
    [this.routing, this.people] = await Promise.all([readRouting(), listPeople()]);
  }

  #named(code) {
    const found = this.people.find((one) => one.code === code);
    return found ? found.nickname || found.name : code;
  }

  #group(code, extra = "") {
    const group = this.routing.groups.find((one) => one.key === code);
    const members = (group?.state.members ?? []).map((one) => this.#named(one));
    const who = members.length > 4 ? `${members.slice(0, 3).join(" ")} +${members.length - 3}` : members.join(" ");
    return html`<a class="part ${extra}" href=${address("chains", "group", code)} @click=${follow("chains", "group", code)}>
      ${group?.state.name ?? code}<small>${who} · ${t("{seconds} s", { seconds: group?.state.seconds ?? "?" })}</small></a>`;
  }

  /** A part with the arrow that leads to it: they stay together where the line breaks. */
  #hop(part) {
    return html`<span class="hop"><span class="arrow" aria-hidden="true">→</span>${part}</span>`;
  }

  #promise() {
    return html`<span class="part end">${t("promise to call back")}</span>`;
  }

  #number(one) {
    const service = this.routing.services.find((other) => other.key === one.state.service_code);
    const state = service?.state ?? {};
    const hours = this.routing.hours.find((other) => other.key === state.hours_code);
    const answering = one.state.group_code ?? state.group_code ?? (this.routing.groups.some((other) => other.key === "company") ? "company" : null);
    const head = html`<a class="part number" href=${address("chains", "number", one.key)} @click=${follow("chains", "number", one.key)}>
      ${phoneNumber(one.key)}<small>${one.state.label}</small></a>`;
    const teams = (state.teams ?? []).map(([tier, kind, group]) =>
      this.#hop(html`<span class="when">${[tier && t("tier {tier}", { tier }), kind && kindWord(kind)].filter(Boolean).join(" ")}</span>${this.#group(group)}`),
    );
    return html`<div class="path">
      <div class="way">${head}
        ${service
          ? this.#hop(html`<a class="part" href=${address("chains", "service", service.key)} @click=${follow("chains", "service", service.key)}>${state.name}<small>${t("service")}</small></a>`)
          : nothing}
        ${this.#hop(html`<span class="part">${t("who looks after the customer")}<small>${t("then their deputies")}</small></span>`)}
        ${teams}
        ${answering ? this.#hop(this.#group(answering)) : nothing}
        ${state.overflow_group ? this.#hop(this.#group(state.overflow_group)) : nothing}
        ${this.#hop(this.#promise())}
      </div>
      ${hours
        ? html`<div class="way"><span class="when">${t("closed outside")}</span>
            <a class="part" href=${address("hours", hours.key)} @click=${follow("hours", hours.key)}>${hours.key}<small>${weekWords(hours.state.weekly)}</small></a>
            ${state.closed_group
              ? html`${this.#hop(html`<span class="part night">${t("who is on duty")}</span>`)}${this.#hop(this.#group(state.closed_group, "night"))}${this.#hop(html`<span class="muted">${t("then as by day")}</span>`)}`
              : html`<span class="muted">${t("as by day: no group answers while closed")}</span>`}
          </div>`
        : nothing}
    </div>`;
  }

  #direct(one) {
    return html`<tr><td class="number"><a href=${address("chains", "number", one.key)} @click=${follow("chains", "number", one.key)}>${phoneNumber(one.key)}</a></td>
      <td><a href=${address("people", one.state.agent_code)} @click=${follow("people", one.state.agent_code)}>${this.#named(one.state.agent_code)} ${one.state.agent_code}</a></td>
      <td class="muted">${one.state.label}</td></tr>`;
  }

  #chips(subject, things, words) {
    return html`<div class="chips">${things.map((one) => html`<a class="part" href=${address("chains", subject, one.key)} @click=${follow("chains", subject, one.key)}>${words(one)}</a>`)}</div>`;
  }

  #more(subject, words) {
    return this.mayChange ? html`<a class="button" href=${address("chains", subject, "+")} @click=${follow("chains", subject, "+")}>${words}</a>` : nothing;
  }

  show() {
    const [subject, key] = this.open ?? [];
    if (subject && FORMS[subject]) return FORMS[subject](this, key === "+" ? "" : key);
    const { numbers, services, groups, tiers } = this.routing;
    const ours = numbers.filter((one) => !one.state.agent_code);
    const direct = numbers.filter((one) => one.state.agent_code);
    return html`
      <div class="head"><h1>${t("Chains and numbers")}</h1>
        <div class="end">${this.#more("number", t("New number"))}${this.#more("service", t("New service"))}${this.#more("group", t("New group"))}</div></div>
      <div class="stack">
        <section class="panel"><h2>${t("The firm's numbers")}</h2>
          ${ours.length ? ours.map((one) => this.#number(one)) : html`<p class="empty">${t("No number of the firm is set up: the group “company” answers.")}</p>`}</section>
        <section class="panel stack"><h2>${t("Services")}</h2>
          ${services.length
            ? this.#chips("service", services, (one) => html`${one.state.name}<small>${one.key}</small>`)
            : html`<p class="hint">${t("None yet. A service gives numbers opening hours, teams and somebody at night.")}</p>`}</section>
        <section class="panel stack"><h2>${t("Groups")}</h2>
          ${groups.length ? html`<div class="chips">${groups.map((one) => this.#group(one.key))}</div>` : html`<p class="hint">${t("There is no group yet.")}</p>`}</section>
        <section class="panel stack"><h2>${t("Tiers of customers")}</h2>
          <div class="chips">${["A", "B", "C"].map((tier) => {
            const rule = tiers.find((one) => one.key === tier)?.state;
            const words = rule
              ? [rule.desk_seconds && t("desk {seconds} s", { seconds: rule.desk_seconds }), rule.mobile_seconds && t("mobile {seconds} s", { seconds: rule.mobile_seconds }), rule.together && t("desk and mobile together")].filter(Boolean).join(" · ")
              : t("as usual");
            return html`<a class="part" href=${address("chains", "tier", tier)} @click=${follow("chains", "tier", tier)}>${tier}<small>${words || t("as usual")}</small></a>`;
          })}</div></section>
        <section class="panel scroll" tabindex="0" role="region" aria-label=${t("Direct numbers")}><h2>${t("Direct numbers")}</h2>
          ${direct.length
            ? html`<table><thead><tr><th>${t("Telephone number")}</th><th>${t("Person")}</th><th>${t("Label")}</th></tr></thead><tbody>${direct.map((one) => this.#direct(one))}</tbody></table>`
            : html`<p class="hint">${t("Nobody has a number of their own.")}</p>`}</section>
      </div>
    `;
  }
}

customElements.define("rw-chains", RwChains);
