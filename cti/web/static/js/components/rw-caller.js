/* The head of a call: who, from which number, on which line, why it rings here, and for how long. */

import { contactText, lastContact, missedSpan } from "../contacts.js";
import { RwElement, css, html, nothing } from "../element.js";
import { addressedAs, clockTime, day, phoneNumber } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { callWord, channelWord, kindWord, label, matchWord, reasonWord, whyWord } from "../words.js";
import "./rw-hot.js";
import "./rw-timer.js";
import "./rw-tried.js";

export class RwCaller extends RwElement {
  static properties = { call: { attribute: false }, desk: { attribute: false }, promises: { attribute: false }, skew: { attribute: false } };

  static styles = [
    shared,
    css`
      article {
        overflow: hidden;
        border-color: var(--tone-line, var(--line));
      }

      .ringing {
        --tone: var(--ring);
        --tone-soft: var(--ring-soft);
        --tone-line: var(--ring-line);
      }

      .talking {
        --tone: var(--talk);
        --tone-soft: var(--talk-soft);
        --tone-line: var(--talk-line);
      }

      .ended {
        --tone: var(--muted);
        --tone-soft: var(--quiet-soft);
      }

      .state {
        display: flex;
        align-items: center;
        gap: 0.6rem;
        min-height: 2.4rem;
        padding: 0.25rem 0.5rem 0.25rem 1.1rem;
        background: var(--tone-soft);
        color: var(--tone);
        font-size: var(--text);
        font-weight: 600;
      }

      .state rw-timer {
        font-size: var(--text-large);
      }

      .state .why {
        min-width: 0;
        overflow-wrap: anywhere;
      }

      .state .button {
        margin-inline-start: auto;
        color: var(--tone);
      }

      .dot {
        flex: none;
        width: 0.7rem;
        height: 0.7rem;
        border-radius: 50%;
        background: var(--tone);
      }

      .ringing .dot {
        animation: beat 1.2s ease-in-out infinite;
      }

      @keyframes beat {
        50% {
          opacity: 0.25;
        }
      }

      @media (prefers-reduced-motion: reduce) {
        .ringing .dot {
          animation: none;
        }
      }

      .who {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-start;
        justify-content: space-between;
        gap: 0.75rem 1.5rem;
        padding: 0.9rem 1.1rem 0.8rem;
      }

      .who > :first-child {
        flex: 1 1 19rem;
        min-width: 0;
      }

      .name {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.15rem 0.7rem;
      }

      h1 {
        font-size: clamp(1.75rem, 1.3rem + 1.6vw, 2.375rem);
        line-height: 1.2;
        letter-spacing: 0.01em;
        overflow-wrap: anywhere;
      }

      .title {
        color: var(--muted);
        font-size: var(--text-large);
      }

      .tier {
        padding: 0.1rem 0.65rem;
        font-size: var(--text);
      }

      .tier.A {
        background: var(--brand);
        color: var(--on-brand);
      }

      .from {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.2rem 0.7rem;
        margin-top: 0.25rem;
      }

      .from .number {
        font-size: 1.25rem;
        font-weight: 600;
      }

      .claim {
        display: inline-flex;
        align-items: center;
        gap: 0.25rem;
        color: var(--muted);
        font-size: var(--text-small);
      }

      .other {
        font-size: var(--text-small);
      }

      .claim.sure {
        color: var(--talk);
        font-weight: 600;
      }

      .says {
        margin-top: 0.15rem;
        color: var(--muted);
        font-size: var(--text);
        overflow-wrap: anywhere;
      }

      dl {
        display: grid;
        grid-template-columns: auto auto;
        gap: 0.15rem 0.75rem;
        font-size: var(--text);
      }

      dt {
        color: var(--muted);
      }

      dd {
        font-weight: 600;
        overflow-wrap: anywhere;
      }

      .last {
        display: flex;
        gap: 0.6rem;
        align-items: baseline;
        padding: 0.5rem 1.1rem;
        border-top: 1px solid var(--line);
        font-size: var(--text);
      }

      .last p {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        overflow-wrap: anywhere;
      }

      .last .heading {
        flex: none;
      }
    `,
  ];

  #title() {
    const { caller, card, matches } = this.call;
    if (card) return card.name;
    if (caller.withheld) return t("Number withheld");
    if (this.call.direction === "internal") return caller.name || caller.raw;
    return matches.length ? matches[0].name : t("Unknown caller");
  }

  #state() {
    const { call } = this;
    const text = call.state === "ended" && call.reason && call.reason !== "completed" ? reasonWord(call.reason) : callWord(call.state, call.direction);
    const since = call.state === "talking" || (call.state === "ended" && call.answered) ? call.answered : call.started;
    return html`<div class="state">
      <span class="dot"></span><span>${label(text)}</span>
      <rw-timer .since=${since} .until=${call.ended ?? ""} .skew=${this.skew}></rw-timer>
      ${call.state === "ended"
        ? html`<button class="button plain" @click=${() => this.emit("close")}>${icon("close")}${t("Close card")}</button>`
        : this.#handedOn() || call.why
          ? html`<span class="why">· ${[this.#handedOn(), !call.watching && call.why && whyWord(call.why, this.#absent())].filter(Boolean).join(" · ")}</span>`
          : nothing}
    </div>`;
  }

  /* Who sent the call here: a colleague by a transfer, or a transfer that nobody took, or a colleague who calls. */
  #handedOn() {
    const { transfer, direction, watching, leg } = this.call;
    if (watching) return t("Call of {name}: you listen in", { name: this.desk.agentName(leg.agent) });
    if (!transfer) return direction === "internal" ? t("A colleague calls you") : "";
    const to = this.desk.agentName(transfer.to) || transfer.to_name;
    if (transfer.back) return t("Transfer came back: {name} did not answer", { name: to });
    return t("Transferred by {name}", { name: this.desk.agentName(transfer.by) || transfer.by_name });
  }

  /* Whom a deputy stands in for: who was rung first. With nobody rung it may be the owner or whose number was dialled,
     and a wrong name is worse than none. */
  #absent() {
    const first = this.call.tried[0]?.agent;
    return first && first !== this.call.leg.agent ? this.desk.agentName(first) : "";
  }

  /* Made by one of us: nobody presents a number that would have to be believed. */
  #ours() {
    return this.call.direction === "outbound" || this.call.direction === "internal";
  }

  #claim() {
    const { caller, matches } = this.call;
    if (caller.withheld || this.#ours()) return nothing;
    const why = matches.length === 1 && matches[0].why !== "number" ? matches[0].why : "";
    return html`
      ${caller.verified
        ? html`<span class="claim sure">${icon("check")}${t("number verified by the carrier")}</span>`
        : html`<span class="claim">${icon("question")}${t("number only claimed, not verified")}</span>`}
      ${why ? html`<span class="badge moving">${matchWord(why)}</span>` : nothing}
    `;
  }

  #last() {
    const { last, missed } = lastContact(this.call.card?.interactions ?? [], this.call.linkedid);
    if (!last && !missed) return nothing;
    return html`<div class="last"><span class="heading">${t("Last contact")}</span>
      <div>${last ? html`<p><b class="number">${day(last.date)}</b> ${label(channelWord(last.channel))} ${this.desk.agentName(last.agent)}${last.text ? html` — ${last.text}` : nothing}</p>` : nothing}
      ${missed ? html`<p class="missed">${contactText(missed)} <span class="muted number">${missedSpan(missed)}</span></p>` : nothing}</div>
    </div>`;
  }

  render() {
    const { call } = this;
    const { caller, card } = call;
    const undecided = call.matches.length > 1 && !call.chosen;
    const tier = undecided ? "" : card ? card.tier : call.matches[0]?.tier;
    return html`<article class="panel ${call.state}" aria-label=${t("Call")}>
      ${this.#state()}
      <div class="who">
        <div>
          <div class="name">
            <h1>${this.#title()}</h1>
            ${undecided ? html`<span class="title">${t("or one of {n} others", { n: call.matches.length - 1 })}</span>` : nothing}
            ${card && !undecided && addressedAs(card) ? html`<span class="title">${addressedAs(card)}</span>` : nothing}
            ${tier ? html`<span class="badge brand tier ${tier}">${t("Tier {tier}", { tier })}</span>` : nothing}
            ${card && !undecided && card.kind !== "person" ? html`<span class="badge">${label(kindWord(card.kind))}</span>` : nothing}
            ${card?.state === "prospect" ? html`<span class="badge brand">${t("prospect")}</span>` : nothing}
          </div>
          <div class="from">
            ${caller.withheld ? nothing : html`<span class="number">${phoneNumber(caller.e164) || caller.raw}</span>`}
            ${this.#claim()}
            ${call.matches.length === 1 && !call.disputed
              ? html`<button class="link other" @click=${() => this.emit("dispute")}>${t("Someone else?")}</button>`
              : nothing}
          </div>
          ${caller.name && !this.#ours() && caller.name !== card?.name && caller.name !== caller.raw
            ? html`<p class="says">${t("Presents as: {name}", { name: caller.name })}</p>`
            : nothing}
        </div>
        <dl>
          ${this.#ours() ? nothing : html`<dt>${t("Dialled")}</dt><dd class="number">${phoneNumber(call.dialled)}</dd>`}
          ${card?.owner ? html`<dt>${t("Owner")}</dt><dd>${this.desk.agentName(card.owner)}</dd>` : nothing}
          ${call.started ? html`<dt>${call.direction === "outbound" ? t("Called at") : t("Came in")}</dt><dd class="number">${clockTime(call.started)}</dd>` : nothing}
        </dl>
      </div>
      ${undecided ? nothing : html`<rw-hot .card=${card} .desk=${this.desk} .promises=${this.promises}></rw-hot>`}
      <rw-tried .call=${call} .desk=${this.desk}></rw-tried>
      ${this.#last()}
    </article>`;
  }
}

customElements.define("rw-caller", RwCaller);
