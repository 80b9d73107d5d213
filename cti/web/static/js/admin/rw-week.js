/* Who would ring first at each hour of a week, for a number or a person, and for a caller; an hour opens its plan.
   All times are the firm's, as the server writes them. */

import { css, html, nothing } from "../element.js";
import { dayAhead, listed, phoneNumber } from "../formats.js";
import { t } from "../texts.js";
import { explain, listPeople, readRouting, week } from "./api.js";
import { follow, go } from "./places.js";
import "./rw-plan.js";
import { View, field, sentenceOf } from "./view.js";
import { closedWord } from "./words.js";

const COLOURS = 8;
const two = (number) => String(number).padStart(2, "0");

/** A date some days later, both `2026-11-23`. */
function later(date, days) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function today() {
  const now = new Date();
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

export class RwWeek extends View {
  static properties = {
    of: { attribute: false },
    blocks: { state: true },
    start: { state: true },
    caller: { state: true },
    chosen: { state: true },
    plan: { state: true },
    fault: { state: true },
    at: { state: true },
  };

  static styles = [
    View.styles,
    css`
      form {
        margin-bottom: 1rem;
      }

      .grid {
        padding: 0.5rem;
        overflow-x: auto;
      }

      table {
        table-layout: fixed;
        font-size: var(--text-small);
      }

      th {
        padding: 0.2rem;
        text-align: center;
        white-space: normal;
      }

      thead th:first-child {
        width: 2.6rem;
      }

      tbody th {
        padding: 0 0.3rem 0 0;
        border: 0;
        font-weight: 400;
        line-height: 1;
        text-align: end;
        vertical-align: top;
      }

      td {
        height: 1.45rem;
        padding: 0 1px;
        border: 0;
      }

      td > div {
        display: flex;
        height: 100%;
        overflow: hidden;
        cursor: pointer;
      }

      td span {
        flex: 1 1 0;
        overflow: hidden;
        padding: 0 0.3rem;
        color: var(--ink);
        line-height: 1.45rem;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      td:focus-visible {
        outline-offset: -2px;
      }

      td[aria-selected="true"] > div {
        box-shadow: inset 0 0 0 2px var(--ink);
      }

      .begins {
        border-top: 1px solid var(--surface);
        font-weight: 600;
      }

      .closed {
        background-image: repeating-linear-gradient(135deg, transparent 0 5px, color-mix(in srgb, var(--ink) 5%, transparent) 5px 7px);
      }

      .w0 {
        background-color: color-mix(in srgb, #0b8a86 24%, var(--surface));
      }

      .w1 {
        background-color: color-mix(in srgb, #c77700 24%, var(--surface));
      }

      .w2 {
        background-color: color-mix(in srgb, #5b5bd6 24%, var(--surface));
      }

      .w3 {
        background-color: color-mix(in srgb, #3d9a50 24%, var(--surface));
      }

      .w4 {
        background-color: color-mix(in srgb, #c2416b 24%, var(--surface));
      }

      .w5 {
        background-color: color-mix(in srgb, #2f7fd0 24%, var(--surface));
      }

      .w6 {
        background-color: color-mix(in srgb, #8a6d3b 24%, var(--surface));
      }

      .w7 {
        background-color: color-mix(in srgb, #777777 24%, var(--surface));
      }

      .none {
        background-color: var(--alarm-soft);
      }

      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 0.35rem 1rem;
        margin-top: 0.75rem;
        font-size: var(--text-small);
      }

      .legend li {
        display: flex;
        align-items: center;
        gap: 0.4rem;
      }

      .legend i {
        width: 1.2rem;
        height: 1rem;
        flex: none;
        border-radius: 3px;
      }

      @media (max-width: 40rem) {
        thead th:first-child {
          width: 1.6rem;
        }

        td span {
          padding: 0 0.1rem;
          font-size: 0.6875rem;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.start = today();
    this.caller = "";
    this.at = [0, 9];
  }

  willUpdate(changes) {
    if (changes.has("of") && changes.get("of") !== undefined) this.#choose(this.of);
  }

  #choose([kind, key] = []) {
    const main = this.numbers.find((one) => !one.state.agent_code) ?? this.numbers[0];
    this.target = kind && key ? `${kind}:${key}` : main ? `number:${main.key}` : this.people[0] ? `agent:${this.people[0].code}` : "";
    this.#ask();
  }

  async read() {
    const [routing, people] = await Promise.all([readRouting(), listPeople()]);
    this.numbers = routing.numbers;
    this.people = people;
    this.zone = routing.zone;
    this.#choose(this.of);
  }

  get #call() {
    const [kind, ...key] = this.target.split(":");
    return { [kind === "agent" ? "agent" : "to"]: key.join(":"), from: this.caller.trim() || undefined };
  }

  async #ask() {
    if (!this.target) return;
    this.chosen = this.plan = this.fault = null;
    const mine = (this.asking = Symbol("week"));
    try {
      const blocks = await week({ ...this.#call, at: this.start });
      if (this.asking === mine) this.blocks = blocks;
    } catch (error) {
      if (this.asking === mine) this.fault = error;
    }
  }

  async #open(day, hour) {
    this.at = [day, hour];
    const date = later(this.start, day);
    this.chosen = { date, hour };
    this.plan = null;
    try {
      this.plan = await explain({ ...this.#call, at: `${date}T${two(hour)}:00:00` });
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
  }

  #steer(event) {
    const [day, hour] = this.at;
    const moves = {
      ArrowLeft: [day - 1, hour],
      ArrowRight: [day + 1, hour],
      ArrowUp: [day, hour - 1],
      ArrowDown: [day, hour + 1],
      Home: [0, hour],
      End: [6, hour],
    };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#open(day, hour);
      return;
    }
    const to = moves[event.key];
    if (!to) return;
    event.preventDefault();
    this.at = [Math.min(6, Math.max(0, to[0])), Math.min(23, Math.max(0, to[1]))];
    this.updateComplete.then(() => this.renderRoot.querySelector('td[tabindex="0"]')?.focus());
  }

  #within(date, hour) {
    const [begins, ends] = [`${date}T${two(hour)}:00`, hour === 23 ? `${later(date, 1)}T00:00` : `${date}T${two(hour + 1)}:00`];
    return this.blocks.filter((one) => one.from.slice(0, 16) < ends && one.to.slice(0, 16) > begins);
  }

  #short(who) {
    const [name, ...others] = (who ?? "").split(", ");
    return others.length ? t("{name} +{count}", { name, count: others.length }) : name || t("nobody");
  }

  #colour(who) {
    return who ? `w${this.names.indexOf(who) % COLOURS}` : "none";
  }

  #cell(day, hour) {
    const date = later(this.start, day);
    const here = this.#within(date, hour);
    const words = listed(here.map((one) => `${one.who ?? t("nobody")}${one.closed ? ` (${closedWord(one.closed)})` : ""}`));
    const first = (one) => hour === 0 || one.from.slice(0, 13) === `${date}T${two(hour)}`;
    return html`<td role="gridcell" tabindex=${this.at[0] === day && this.at[1] === hour ? 0 : -1}
      aria-selected=${this.chosen?.date === date && this.chosen?.hour === hour ? "true" : "false"}
      aria-label=${`${dayAhead(date)} ${two(hour)}:00 ${words}`} title=${`${two(hour)}:00 ${words}`} @click=${() => this.#open(day, hour)}>
      <div>${here.map((one) => html`<span class="${this.#colour(one.who)} ${one.closed ? "closed" : ""} ${first(one) ? "begins" : ""}">${first(one) ? this.#short(one.who) : nothing}</span>`)}</div>
    </td>`;
  }

  #grid() {
    if (!this.blocks) return html`<p class="empty" role="status">${t("Loading…")}</p>`;
    this.names = [...new Set(this.blocks.map((one) => one.who).filter(Boolean))];
    const days = [0, 1, 2, 3, 4, 5, 6];
    return html`<div class="panel grid">
      <table role="grid" aria-label=${t("Who would ring first")} @keydown=${this.#steer}>
        <thead><tr role="row"><th><span class="sr">${t("Hour")}</span></th>${days.map((day) => html`<th scope="col">${dayAhead(later(this.start, day))}</th>`)}</tr></thead>
        <tbody>${Array.from({ length: 24 }, (_, hour) => html`<tr role="row"><th scope="row" class="number">${hour}</th>${days.map((day) => this.#cell(day, hour))}</tr>`)}</tbody>
      </table>
    </div>
    <ul class="legend">
      ${this.names.map((who) => html`<li><i class=${this.#colour(who)}></i>${who}</li>`)}
      ${this.blocks.some((one) => one.closed) ? html`<li><i class="closed"></i>${t("closed then")}</li>` : nothing}
      <li class="muted">${t("Times of {zone}.", { zone: this.zone })}</li>
    </ul>`;
  }

  #targets() {
    const option = (value, words) => html`<option value=${value} ?selected=${this.target === value}>${words}</option>`;
    return html`<select class="field" id="target" @change=${({ target }) => go("week", ...this.#parts(target.value))}>
      <optgroup label=${t("Numbers")}>${this.numbers.map((one) => option(`number:${one.key}`, `${phoneNumber(one.key)} ${one.state.label}`))}</optgroup>
      <optgroup label=${t("People")}>${this.people.map((one) => option(`agent:${one.code}`, `${one.nickname || one.name} ${one.code}`))}</optgroup>
    </select>`;
  }

  #parts(target) {
    const [kind, ...key] = target.split(":");
    return [kind, key.join(":")];
  }

  #go(days) {
    this.start = days ? later(this.start, days) : today();
    this.#ask();
  }

  show() {
    if (!this.target) return html`<h1>${t("The week")}</h1><p class="empty">${t("Nobody is set up yet. Begin with a new person.")} <a href="/admin/people/+" @click=${follow("people", "+")}>${t("New person")}</a></p>`;
    return html`
      <div class="head">
        <h1>${t("The week")}</h1>
        <div class="end">
          <button class="button" @click=${() => this.#go(-7)} aria-label=${t("A week earlier")}>←</button>
          <button class="button" @click=${() => this.#go(0)}>${t("From today")}</button>
          <button class="button" @click=${() => this.#go(7)} aria-label=${t("A week later")}>→</button>
        </div>
      </div>
      <form class="panel" @submit=${(event) => (event.preventDefault(), this.#ask())}>
        ${field({ name: "target", label: t("A call to"), control: this.#targets() })}
        ${field({
          name: "caller",
          label: t("From the number"),
          hint: t("Empty for somebody unknown."),
          control: html`<input class="field" id="caller" type="tel" placeholder="0933-000-222" .value=${this.caller} @change=${({ target }) => ((this.caller = target.value), this.#ask())}>`,
        })}
        ${field({
          name: "start",
          label: t("Seven days from"),
          control: html`<input class="field" id="start" type="date" required .value=${this.start} @change=${({ target }) => target.value && ((this.start = target.value), this.#ask())}>`,
        })}
      </form>
      ${this.fault ? html`<div class="notice bad" role="alert">${sentenceOf(this.fault)}</div>` : nothing}
      <div class="two">
        <div>${this.#grid()}</div>
        <aside class="panel stack" aria-live="polite">
          <h2>${this.chosen ? t("{day} at {hour}:00", { day: dayAhead(this.chosen.date), hour: this.chosen.hour }) : t("Who rings, step by step")}</h2>
          ${this.plan ? html`<rw-plan .plan=${this.plan}></rw-plan>` : html`<p class="hint">${t("Choose an hour to see everyone who would ring, and why.")}</p>`}
        </aside>
      </div>
    `;
  }
}

customElements.define("rw-week", RwWeek);
