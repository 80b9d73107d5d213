/* A customer's numbers: those they have, each to be called or changed, then those they had, flagged as old; and for
   whoever may see it who changed one when. */

import * as api from "../api.js";
import { RwElement, css, html, nothing, repeat } from "../element.js";
import { day, dueTime, phoneNumber } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { cardNumber } from "../telephone.js";
import { t } from "../texts.js";
import "./rw-number-change.js";

const READING = ["lead", "manager", "admin", "auditor"];

const isOld = ({ valid_until: until }) => Boolean(until) && new Date(until) <= new Date();

export class RwNumbers extends RwElement {
  static properties = {
    card: { attribute: false },
    desk: { attribute: false },
    callId: { attribute: false },
    changing: { state: true },
    done: { state: true },
    changes: { state: true },
    failed: { state: true },
  };

  static styles = [
    shared,
    css`
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.15rem 0.5rem;
        padding: 0.15rem 0;
        font-size: var(--text);
      }

      li small,
      .log li {
        color: var(--muted);
        font-size: var(--text-small);
      }

      .check {
        color: var(--talk);
      }

      .old .tel,
      .old .link {
        color: var(--muted);
      }

      .change {
        min-height: 1.6rem;
        padding: 0 0.4rem;
        font-size: var(--text-small);
      }

      .done {
        margin: 0.3rem 0;
        color: var(--talk);
        font-size: var(--text);
        font-weight: 600;
      }

      .log {
        display: grid;
        gap: 0.35rem;
        margin-top: 0.3rem;
      }

      .log li {
        display: block;
      }

      .log b {
        color: var(--ink);
      }
    `,
  ];

  #customer = null;

  willUpdate() {
    if (this.card?.customer_id === this.#customer) return;
    this.#customer = this.card?.customer_id;
    this.changing = this.changes = null;
    this.done = "";
    this.failed = false;
  }

  /* While the form stands open it wants the width of the card. */
  updated() {
    this.toggleAttribute("open", Boolean(this.changing));
  }

  #begin(number) {
    this.changing = number.id;
    this.done = "";
  }

  async #end(done = "") {
    const number = this.changing;
    this.changing = null;
    this.done = done;
    await this.updateComplete;
    this.renderRoot.querySelector(done ? ".done" : `#change-${number}`)?.focus();
  }

  #changed({ detail: told }) {
    const followed = told.messages ? ` ${t("{n} messages that waited go there.", { n: told.messages })}` : "";
    this.#end(`${t("{number} is the new number.", { number: phoneNumber(told.new) })}${followed}`);
    if (this.changes) this.#readChanges();
    this.emit("card-changed", { customer: told.customer_id, call: this.callId ?? null });
  }

  async #readChanges() {
    const first = !this.changes;
    this.failed = false;
    try {
      this.changes = await api.listNumberChanges(this.#customer);
    } catch {
      this.failed = true;
    }
    await this.updateComplete;
    if (first) this.renderRoot.querySelector(".log")?.focus(); // what was pressed is not there any more
  }

  /* The call in which it is said: this card's, or the one that I have now. */
  get #call() {
    const calls = this.desk?.state?.calls ?? [];
    return calls.find((call) => call.call_id === this.callId) ?? calls.find((call) => call.state === "talking" && !call.watching) ?? null;
  }

  #row(number) {
    const old = isOld(number);
    const may = !old && this.desk?.session && this.desk.session.role !== "auditor";
    const shown = phoneNumber(number.e164) || number.raw;
    return html`<li class=${old ? "old" : ""}>
      ${old ? nothing : html`<span class="check">${icon("check")}</span>`} ${cardNumber(this.desk, number)}
      ${old ? html`<span class="badge moving">${t("old number")}</span>` : nothing}
      ${number.valid_until ? html`<small>${t("until {date}", { date: day(number.valid_until) })}</small>` : nothing}
      ${may
        ? html`<button id="change-${number.id}" class="button change" aria-expanded=${this.changing === number.id}
            aria-label=${t("Change {number}", { number: shown })}
            @click=${() => (this.changing === number.id ? this.#end() : this.#begin(number))}>${t("Change")}</button>`
        : nothing}
    </li>`;
  }

  #log() {
    if (!READING.includes(this.desk?.session?.role) || !this.card.numbers.some((one) => one.valid_until)) return nothing;
    if (this.failed)
      return html`<p class="error">${t("That could not be read.")} <button class="link" @click=${() => this.#readChanges()}>${t("Try again")}</button></p>`;
    if (!this.changes) return html`<button class="link" @click=${() => this.#readChanges()}>${t("Who changed a number when")}</button>`;
    return html`<h3 class="heading">${t("Who changed a number when")}</h3>
      <ul class="log" tabindex="-1">${this.changes.length
        ? this.changes.map((one) => this.#entry(one))
        : html`<li>${t("No change was written down: it came with a file.")}</li>`}</ul>`;
  }

  #entry(one) {
    const who = this.desk.agentName(one.agent) || one.actor;
    return html`<li><span class="number">${dueTime(one.at)}</span> <b class="number">${phoneNumber(one.before)} → ${phoneNumber(one.after)}</b><br>
      ${t("{who} changed it; {name} had asked.", { who: one.department ? `${who} (${one.department})` : who, name: one.asked_by })}
      ${one.called ? t("In the call of {time}.", { time: dueTime(one.called) }) : t("Not in a call.")}</li>`;
  }

  render() {
    const { numbers } = this.card;
    const changing = numbers.find(({ id }) => id === this.changing);
    return html`
      <ul>${repeat(numbers, ({ id }) => id, (number) => this.#row(number))}</ul>
      ${this.done ? html`<p class="done" role="status" tabindex="-1">${icon("check")} ${this.done}</p>` : nothing}
      ${changing
        ? html`<rw-number-change .card=${this.card} .number=${changing} .call=${this.#call}
            @number-changed=${this.#changed} @number-kept=${() => this.#end()}></rw-number-change>`
        : nothing}
      ${this.#log()}
    `;
  }
}

customElements.define("rw-numbers", RwNumbers);
