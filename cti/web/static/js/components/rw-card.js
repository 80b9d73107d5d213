/* What the firm knows of a customer, in the order it is read: what not to mention; orders, complaints, requests,
   contacts; then preferences, contact details and relations. The same for owner and deputy. */

import { contactText, missedSpan } from "../contacts.js";
import { RwElement, css, html, nothing } from "../element.js";
import { day, dayAhead, daysUntil, listed, money } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { channelWord, label, matterWord, orderWord, roleWord } from "../words.js";
import "./rw-account.js";
import "./rw-ask.js";
import "./rw-block.js";
import "./rw-company.js";
import "./rw-numbers.js";
import "./rw-own-fields.js";

const SURE_FROM = 3; // a preference confirmed three times is a habit, before that a remark

export class RwCard extends RwElement {
  static properties = {
    card: { attribute: false },
    desk: { attribute: false },
    company: { attribute: false },
    callId: { attribute: false },
  };

  static styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 0.75rem;
        grid-template-columns: minmax(0, 1fr);
      }

      .hush {
        display: flex;
        gap: 0.7rem;
        padding: 0.7rem 1.1rem;
        border: 1px solid var(--alarm-line);
        border-radius: var(--radius);
        background: var(--alarm-soft);
        color: var(--alarm);
      }

      .hush .icon {
        width: 1.5rem;
        height: 1.5rem;
      }

      .hush b {
        display: block;
      }

      .hush li {
        color: var(--ink);
        overflow-wrap: anywhere;
      }

      .more {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr));
        gap: 1rem 1.5rem;
        padding: 0.9rem 1.1rem 1rem;
      }

      .more h2 {
        margin-bottom: 0.35rem;
      }

      .more li,
      .more p {
        padding: 0.15rem 0;
        font-size: var(--text);
        overflow-wrap: anywhere;
      }

      .more li small {
        color: var(--muted);
        font-size: var(--text-small);
        white-space: nowrap;
      }

      .more .check {
        color: var(--talk);
      }

      .more section:has(rw-numbers[open]) {
        grid-column: 1 / -1;
      }

      .terms {
        font-weight: 600;
      }
    `,
  ];

  #orderRow(order) {
    const ahead = order.starts && order.state !== "cancelled" ? daysUntil(order.starts) : -1;
    const tone = { quoted: "moving", booked: "brand", paid: "good" }[order.state] ?? "";
    return {
      key: order.id,
      date: order.date,
      text: order.title,
      detail: [
        order.starts && (ahead >= 0 ? `${t("Departs")} ${dayAhead(order.starts)}` : `${t("Departed")} ${day(order.starts)}`),
        ahead === 0 ? t("today") : ahead > 0 && ahead <= 30 ? t("in {n} days", { n: ahead }) : "",
        order.amount ? money(order.amount) : "",
      ],
      state: label(orderWord(order.state)),
      tone,
      agent: order.agent,
    };
  }

  #matterRow(matter) {
    return {
      key: matter.id,
      date: matter.date,
      text: matter.text,
      detail: [matter.closed && `${t("Closed on")} ${day(matter.closed)}`],
      state: label(matterWord(matter.state)),
      tone: { open: "open", in_progress: "moving" }[matter.state] ?? "",
      agent: matter.agent,
    };
  }

  #contactRow(contact) {
    return {
      key: contact.id,
      date: contact.date,
      text: contactText(contact) || t("No note was written"),
      detail: [contact.missed && missedSpan(contact)],
      state: label(channelWord(contact.channel)),
      tone: "",
      mark: contact.channel === "note" ? "" : contact.direction === "out" ? "outgoing" : "incoming",
      agent: contact.agent,
    };
  }

  #matters(matters) {
    const openFirst = [...matters].sort((one, other) => (one.state === "closed") - (other.state === "closed"));
    return openFirst.map((matter) => this.#matterRow(matter));
  }

  #hush() {
    const names = new Map((this.card.fields ?? []).map(({ key, label }) => [key, label]));
    const own = this.card.facts?.filter((fact) => fact.kind === "field" && fact.do_not_mention) ?? [];
    const hush = [...this.card.preferences, ...own].filter((known) => known.do_not_mention);
    if (!hush.length) return nothing;
    return html`<section class="hush" role="note">${icon("warning")}
      <div><b>${t("Do not mention")}</b>
        <ul>${hush.map(({ key, value }) => html`<li><span class="muted">${names.get(key) ?? key}</span> ${value}</li>`)}</ul></div>
    </section>`;
  }

  #preferences() {
    const shown = this.card.preferences.filter((preference) => !preference.do_not_mention);
    return html`<section>
      <h2 class="heading">${t("Preferences and terms")}</h2>
      ${this.card.terms ? html`<p class="terms">${this.card.terms}</p>` : nothing}
      <rw-account .customer=${this.card.customer_id}></rw-account>
      ${shown.length
        ? html`<ul>${shown.map(
            (one) => html`<li><span class="muted">${one.key}</span> <b>${one.value}</b>
              <small class=${one.times_confirmed >= SURE_FROM ? "check" : ""}>
                ${one.times_confirmed >= SURE_FROM ? icon("check") : nothing}
                ${t("{n}×, last {date}", { n: one.times_confirmed, date: day(one.last_confirmed) })}${one.source ? ` · ${one.source}` : ""}</small></li>`,
          )}</ul>`
        : this.card.terms ? nothing : html`<p class="muted">${t("none known")}</p>`}
    </section>`;
  }

  #contact() {
    const { email, address } = this.card;
    return html`<section>
      <h2 class="heading">${t("Contact details on file")}</h2>
      <rw-numbers .card=${this.card} .desk=${this.desk} .callId=${this.callId}></rw-numbers>
      <ul>
        ${[email, address].filter(Boolean).map((text) => html`<li><span class="check">${icon("check")}</span> ${text}</li>`)}
      </ul>
    </section>`;
  }

  #relations() {
    const { relations } = this.card;
    if (!relations.length) return nothing;
    const roles = new Map();
    for (const one of relations) roles.set(one.customer_id, [...(roles.get(one.customer_id) ?? []), roleWord(one.role)]);
    const names = new Map(relations.map((one) => [one.customer_id, one.name]));
    return html`<section>
      <h2 class="heading">${t("Belongs together")}</h2>
      <ul>${[...names].map(
        ([customer, name]) => html`<li><button class="link" @click=${() => this.emit("look", { customer })}>${name}</button>
          <small>${listed(roles.get(customer))}</small></li>`,
      )}</ul>
    </section>`;
  }

  render() {
    const { card, desk } = this;
    return html`
      <rw-company .desk=${desk} .company=${this.company} .customer=${card.customer_id}></rw-company>
      ${this.#hush()}
      <div class="panel">
        <rw-block .heading=${t("Orders")} .rows=${card.orders.map((order) => this.#orderRow(order))} .desk=${desk} .most=${4}></rw-block>
        <rw-block .heading=${t("Complaints")} .rows=${this.#matters(card.complaints)} .desk=${desk} .most=${3}></rw-block>
        <rw-block .heading=${t("Requests")} .rows=${this.#matters(card.requests)} .desk=${desk} .most=${3}></rw-block>
        <rw-block .heading=${t("Contacts")} .rows=${card.interactions.map((contact) => this.#contactRow(contact))} .desk=${desk} .most=${3}></rw-block>
      </div>
      <div class="panel more">${this.#preferences()} ${this.#contact()} <rw-ask .card=${card} .desk=${desk} .callId=${this.callId}></rw-ask>
        <rw-own-fields .card=${card} .desk=${desk} .callId=${this.callId}></rw-own-fields> ${this.#relations()}</div>
    `;
  }
}

customElements.define("rw-card", RwCard);
