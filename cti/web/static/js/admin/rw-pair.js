/* Two records side by side, field by field: which one stays, what would go, and the decision. */

import { readCard } from "../api.js";
import { contactText } from "../contacts.js";
import { css, html, nothing } from "../element.js";
import { day, money, phoneNumber } from "../formats.js";
import { t } from "../texts.js";
import { channelWord, kindWord, roleWord } from "../words.js";
import { listPeople } from "./api.js";
import { dismissDuplicate, listDuplicates, mergeCustomers } from "./customer-api.js";
import { countedWords, likenessWord } from "./customer-words.js";
import { address, follow, go } from "./places.js";
import { View, sentenceOf } from "./view.js";

const MERGING = ["lead", "manager", "admin"];

/* A field of which one customer has but one: of the record that goes it is dropped, unless the other has none. */
const one = (label, read) => ({ label, read, single: true });
const many = (label, read) => ({ label, read });

const FIELDS = [
  one(() => t("Name"), (card) => card.name),
  one(() => t("Form of address"), (card) => card.title),
  many(() => t("Kind"), (card) => kindWord(card.kind)),
  one(() => t("Code"), (card) => card.code),
  one(() => t("Tier"), (card) => card.tier),
  one(() => t("Owner"), (card, names) => names.get(card.owner) ?? card.owner),
  many(() => t("Telephone numbers"), (card) =>
    card.numbers.map((number) => `${phoneNumber(number.e164) || number.raw}${number.valid_until ? ` (${t("old number")})` : ""}`)),
  one(() => t("e-mail"), (card) => card.email),
  one(() => t("address"), (card) => card.address),
  one(() => t("terms of payment"), (card) => card.terms),
  many(() => t("Identity numbers"), (card) => card.identity.map(({ shown }) => shown)),
  many(() => t("Facts"), (card) =>
    card.facts.filter(({ kind }) => kind !== "contact" && kind !== "terms").map(({ key, value }) => `${key} ${value}`)),
  many(() => t("Belongs together"), (card) => card.relations.map(({ name, role }) => `${name} (${roleWord(role)})`)),
  many(() => t("Orders"), (card) => card.orders.map(({ date, title, amount }) => `${day(date)} ${title} ${money(amount)}`)),
  many(() => t("Complaints and requests"), (card) => [...card.complaints, ...card.requests].map(({ date, text }) => `${day(date)} ${text}`)),
  many(() => t("Last contacts"), (card) => card.interactions.slice(0, 3).map((one) => `${day(one.date)} ${contactText(one) || channelWord(one.channel)}`)),
];

export class RwPair extends View {
  static properties = {
    ids: { attribute: false },
    cards: { state: true },
    stays: { state: true },
    reason: { state: true },
    foreseen: { state: true },
    fault: { state: true },
    sure: { state: true },
    busy: { state: true },
    done: { state: true },
  };

  static styles = [
    View.styles,
    css`
      table {
        table-layout: fixed;
      }

      th:first-child {
        width: 8.5rem;
      }

      thead th {
        padding-bottom: 0.6rem;
        color: var(--ink);
        font-size: var(--text);
        white-space: normal;
        vertical-align: bottom;
      }

      tbody th {
        vertical-align: top;
        white-space: normal;
      }

      td {
        overflow-wrap: anywhere;
      }

      tbody th {
        padding-top: 0.5rem;
      }

      tr.same td {
        color: var(--muted);
      }

      td.stays,
      th.stays {
        background: var(--brand-soft);
      }

      td,
      thead th {
        padding-inline-start: 0.6rem;
      }

      .choice {
        font-weight: 600;
      }

      del {
        text-decoration: line-through 2px currentColor;
      }

      @media (max-width: 40rem) {
        th:first-child {
          width: 5rem;
        }
      }
    `,
  ];

  get #may() {
    return MERGING.includes(this.session.role);
  }

  async read() {
    const [first, second] = this.ids;
    const [one, other, pairs, people] = await Promise.all([
      readCard(first), readCard(second), listDuplicates(first), listPeople(true),
    ]);
    this.cards = [one, other];
    this.names = new Map(people.map(({ code, nickname, name }) => [code, nickname || name]));
    this.found = pairs.find((pair) => [pair.first_id, pair.second_id].every((id) => this.cards.some((card) => card.customer_id === id)));
    this.stays = fuller(one, other);
    await this.#foresee();
  }

  /* What a merge would do; nothing is kept. */
  async #foresee() {
    if (!this.#may || this.#isOne) return;
    this.foreseen = this.fault = null;
    try {
      this.foreseen = await mergeCustomers(this.stays, { loser_id: this.#goes.customer_id }, true);
    } catch (error) {
      this.fault = error;
    }
  }

  get #isOne() {
    return this.cards[0].customer_id === this.cards[1].customer_id;
  }

  get #goes() {
    return this.cards.find(({ customer_id: id }) => id !== this.stays);
  }

  get #keeps() {
    return this.cards.find(({ customer_id: id }) => id === this.stays);
  }

  #choose(id) {
    this.stays = id;
    this.#foresee();
  }

  async #do(work) {
    this.busy = true;
    this.fault = null;
    try {
      await work();
    } catch (error) {
      this.fault = error;
    } finally {
      this.busy = false;
    }
    await this.updateComplete;
    this.renderRoot.querySelector(".notice.good, .notice.bad")?.focus();
  }

  #merge() {
    const [winner, loser] = [this.#keeps, this.#goes];
    return this.#do(async () => {
      await mergeCustomers(winner.customer_id, { loser_id: loser.customer_id, reason: (this.reason ?? "").trim() });
      this.done = t("{loser} ({id}) is {winner} now. It can be taken back from the list of merges.", { loser: loser.name, id: loser.customer_id, winner: winner.name });
    });
  }

  #dismiss() {
    const [one, other] = this.cards;
    return this.#do(async () => {
      await dismissDuplicate(one.customer_id, other.customer_id);
      this.done = t("Noted: these are two customers. They are not suspected again.");
    });
  }

  #value(value, dropped) {
    const lines = (Array.isArray(value) ? value : [value]).filter(Boolean);
    if (!lines.length) return html`<span class="muted">–</span>`;
    return lines.map((line) => html`<div>${dropped ? html`<del>${line}</del>` : line}</div>`);
  }

  #row({ label, read, single }) {
    const values = this.cards.map((card) => read(card, this.names));
    if (values.every((value) => !value || (Array.isArray(value) && !value.length))) return nothing;
    const same = JSON.stringify(values[0] || "") === JSON.stringify(values[1] || "");
    const kept = values[this.cards.indexOf(this.#keeps)];
    return html`<tr class=${same ? "same" : ""}><th scope="row">${label()}</th>
      ${this.cards.map((card, at) => {
        const mine = card.customer_id === this.stays;
        return html`<td class=${mine ? "stays" : ""}>${this.#value(values[at], !mine && single && !same && Boolean(kept))}
          ${!mine && single && !kept && values[at] ? html`<span class="badge brand">${t("taken over")}</span>` : nothing}</td>`;
      })}</tr>`;
  }

  #head(card) {
    const mine = card.customer_id === this.stays;
    return html`<th scope="col" class=${mine ? "stays" : ""}>
      ${this.#may
        ? html`<label class="choice"><input type="radio" name="stays" .checked=${mine} @change=${() => this.#choose(card.customer_id)}>
            <span>${t("{name} ({id}) stays", { name: card.name, id: card.customer_id })}</span></label>`
        : html`${card.name} (${card.customer_id})`}</th>`;
  }

  #decision() {
    if (!this.#may) return html`<div class="panel actions"><span class="said muted">${t("You can look at this, not change it.")}</span></div>`;
    const moved = this.foreseen && countedWords(this.foreseen.moved);
    const aside = this.foreseen && countedWords(this.foreseen.set_aside);
    return html`
      ${this.fault ? html`<div class="notice bad" role="alert" tabindex="-1">${sentenceOf(this.fault)}</div>` : nothing}
      <section class="panel stack" aria-live="polite"><h2>${t("What would happen")}</h2>
        ${this.foreseen
          ? html`<p>${t("Whoever asks for {loser} ({id}) gets {winner}.", { loser: this.#goes.name, id: this.#goes.customer_id, winner: this.#keeps.name })}
              ${moved ? t("These move: {what}.", { what: moved }) : t("Nothing has to move.")}
              ${aside ? t("There can be but one of these, kept aside for taking it back: {what}.", { what: aside }) : nothing}</p>`
          : html`<p class="hint">${this.fault ? t("These two cannot be merged so.") : t("Loading…")}</p>`}
        <div class="one"><label for="reason">${t("Why they are one (for the audit)")}</label>
          <input class="field" id="reason" maxlength="200" autocomplete="off" .value=${this.reason ?? ""} @input=${({ target }) => (this.reason = target.value)}></div>
      </section>
      <div class="panel actions">
        <span class="said muted">${t("A merge can be taken back; nothing is lost either way.")}</span>
        ${this.sure
          ? html`<button class="button" ?disabled=${this.busy} @click=${this.#dismiss}>${t("Yes, two customers")}</button>
              <button class="button plain" @click=${() => (this.sure = false)}>${t("Not sure")}</button>`
          : html`<button class="button" @click=${() => (this.sure = true)}>${t("Not the same")}</button>`}
        <button class="button main" ?disabled=${this.busy || !this.foreseen} @click=${this.#merge}>${t("Merge")}</button>
      </div>`;
  }

  #back() {
    return html`<a class="button" href=${address("duplicates")} @click=${follow("duplicates")}>${t("Back")}</a>`;
  }

  show() {
    if (this.done)
      return html`<div class="head"><h1>${t("Duplicates")}</h1></div>
        <div class="notice good" role="status" tabindex="-1"><span>${this.done}</span><div>
          <button class="button" @click=${() => go("duplicates")}>${t("Back to the list")}</button></div></div>`;
    if (this.#isOne)
      return html`<div class="head"><h1>${t("Duplicates")}</h1><div class="end">${this.#back()}</div></div>
        <p class="notice">${t("These are one customer already.")}</p>`;
    return html`
      <div class="head"><h1>${t("Is this one customer?")}</h1><div class="end">${this.#back()}</div></div>
      <div class="stack">
        ${this.found
          ? html`<p><b class="number">${t("{score} of 99", { score: this.found.score })}</b> · ${this.found.reasons.map(likenessWord).join(" · ")}</p>`
          : nothing}
        <section class="panel scroll" tabindex="0" role="region" aria-label=${t("Both records")}>
          <table><thead><tr><th scope="col"><span class="sr">${t("Field")}</span></th>${this.cards.map((card) => this.#head(card))}</tr></thead>
            <tbody>${FIELDS.map((field) => this.#row(field))}</tbody></table></section>
        ${this.#decision()}
      </div>
    `;
  }
}

/* The record with more on it stays, until somebody says otherwise; of two alike the older. */
function fuller(one, other) {
  const weight = (card) => card.orders.length + card.interactions.length + card.facts.length + card.numbers.length;
  const [a, b] = [weight(one), weight(other)];
  return (a === b ? Math.min(one.customer_id, other.customer_id) : (a > b ? one : other).customer_id);
}

customElements.define("rw-pair", RwPair);
