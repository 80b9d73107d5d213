/* Who is still to be called back: the most urgent first, late ones in red. Calling, noting, handing over and closing with
   a reason are done where it stands. */

import { assignPromise, closePromise, notePromise, readPromise } from "../api.js";
import { isMyAlarm } from "../desktop-state.js";
import { RwElement, css, html, nothing, repeat } from "../element.js";
import { dueTime } from "../formats.js";
import { icon } from "../icons.js";
import { composing } from "../keys.js";
import { promiseName } from "../promise-words.js";
import { callBackLink, owedNumber } from "../telephone.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { label, presenceWord, promiseDoing } from "../words.js";

const FIRST_SHOWN = 6;
const LATE = 1;
const WITH_MANAGER = 3;
const RULE = "ringward"; // who a rule writes as

export class RwPromises extends RwElement {
  static properties = {
    promises: { attribute: false },
    desk: { attribute: false },
    doing: { state: true },
    text: { state: true },
    history: { state: true },
    failure: { state: true },
    busy: { state: true },
    everything: { state: true },
  };

  static styles = [
    shared,
    css`
      section {
        padding: 0.75rem;
      }

      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem;
        min-height: 1.5rem;
        padding: 0 0.25rem 0.5rem;
      }

      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(12rem, 100%), 1fr));
        gap: 0.5rem;
      }

      li {
        position: relative;
        display: grid;
        gap: 0.1rem;
        align-content: start;
        padding: 0.45rem 0.6rem 0.35rem 0.85rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
        overflow: hidden;
        font-size: var(--text-small);
      }

      li::before {
        content: "";
        position: absolute;
        inset: 0 auto 0 0;
        width: 4px;
        background: var(--line-strong);
      }

      .late {
        border-color: var(--alarm-line);
        background: var(--alarm-soft);
      }

      .late::before {
        background: var(--alarm);
      }

      /* A number is never cut short to make room for a time: the time goes below. */
      .top {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        justify-content: space-between;
        gap: 0 0.5rem;
      }

      .who {
        max-width: 100%;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-size: var(--text);
        font-weight: 600;
      }

      .due {
        flex: none;
        color: var(--muted);
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }

      .late .due {
        color: var(--alarm);
      }

      .late .muted {
        color: color-mix(in srgb, var(--alarm) 55%, var(--ink));
      }

      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0.15rem 0.75rem;
        padding-top: 0.25rem;
      }

      .foot .link {
        min-height: 1.5rem;
      }

      .call-back {
        flex: 1 0 100%;
        min-height: 2rem;
        padding: 0.1rem 0.6rem;
        font-size: var(--text-small);
        font-weight: 600;
      }

      .history {
        display: grid;
        grid-template-columns: 1fr;
        gap: 0.15rem;
        max-height: 8rem;
        overflow: auto;
      }

      .history li {
        display: block;
        padding: 0;
        border: 0;
        border-radius: 0;
        overflow-wrap: anywhere;
      }

      .history li::before {
        content: none;
      }

      form {
        display: grid;
        gap: 0.4rem;
        padding: 0.35rem 0 0.2rem;
      }

      form div {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4rem;
      }

      .empty {
        padding: 0 0.25rem 0.25rem;
        color: var(--muted);
        font-size: var(--text);
      }

      .more {
        margin: 0.4rem 0.25rem 0;
        font-size: var(--text-small);
      }
    `,
  ];

  constructor() {
    super();
    this.promises = [];
    this.doing = null;
    this.text = "";
    this.history = null;
    this.failure = "";
    this.busy = false;
    this.everything = false;
  }

  /* One thing at a time is written in one place: `close`, `note` or `assign`, of one promise. */
  async #ask(id, what) {
    this.doing = { id, what };
    this.text = "";
    this.failure = "";
    this.history = null;
    if (what === "note") this.#recall(id);
    await this.updateComplete;
    this.renderRoot.querySelector("form :is(input, select)")?.focus();
  }

  async #recall(id) {
    const { history } = await readPromise(id).catch(() => ({ history: null }));
    if (this.doing?.id === id) this.history = history;
  }

  /** Bring one into view, in the hand of who asked for it. */
  async point(id) {
    this.everything = true;
    await this.updateComplete;
    const item = this.renderRoot.querySelector(`[data-promise="${id}"]`);
    item?.scrollIntoView({ block: "center" });
    item?.querySelector("button, a")?.focus();
  }

  async #putBack(id) {
    const { what } = this.doing;
    this.doing = null;
    await this.updateComplete;
    this.renderRoot.querySelector(`[data-promise="${id}"] [data-act="${what}"]`)?.focus();
  }

  async #do(event) {
    event.preventDefault();
    const { id, what } = this.doing;
    const text = this.text.trim();
    if (!text || this.busy) return;
    this.busy = true;
    this.failure = "";
    try {
      await { close: closePromise, note: notePromise, assign: assignPromise }[what](id, text);
      if (what === "close") this.doing = null;
      else await this.#putBack(id);
    } catch (error) {
      this.failure = error.message || t("Not saved: the server cannot be reached. Your text is kept here.");
    } finally {
      this.busy = false;
    }
  }

  #name(promise) {
    const name = promiseName(promise);
    return promise.customer_id
      ? html`<button class="link who" aria-label=${t("Show customer {name}", { name })}
          @click=${() => this.emit("look", { customer: promise.customer_id })}>${name}</button>`
      : html`<span class="who">${name}</span>`;
  }

  #times({ attempts, last_missed: last, origin, kind, text }) {
    if (kind === "next_step") return text;
    const time = dueTime(last);
    if (origin === "asked") return t("asked for this call at {time}", { time });
    return attempts > 1 ? t("called {times} times, last at {time}", { times: attempts, time }) : t("called at {time}", { time });
  }

  /* Whose it is, where that is not plain: those who lead see everybody's. */
  #whose({ owner, escalated_to: deputy, level }) {
    const me = this.desk.session.agent;
    const words = [];
    if (owner !== me) words.push(owner ? this.desk.agentName(owner) : t("nobody yet"));
    if (deputy) words.push(t("passed on to {name}", { name: this.desk.agentName(deputy) }));
    if (level >= WITH_MANAGER) words.push(t("with the manager"));
    return words.join(" · ");
  }

  #field({ owner, kind }) {
    const { what } = this.doing;
    const typed = ({ target }) => (this.text = target.value);
    if (what === "assign") {
      const others = [...this.desk.state.colleagues].filter(({ agent }) => agent !== owner);
      return html`<select class="field" required aria-label=${t("Hand over to")} @change=${typed}>
        <option value="">${t("Hand over to")}…</option>
        ${others.map(({ agent, state }) => html`<option value=${agent}>${this.desk.agentName(agent)} · ${label(presenceWord(state))}</option>`)}
      </select>`;
    }
    const asked = what === "note" ? t("What should be known of it?") : kind === "next_step" ? t("What came of it?") : t("Why is no call back needed?");
    return html`<input class="field" maxlength="2000" required autocomplete="off" aria-label=${asked} placeholder=${asked}
      .value=${this.text} @input=${typed} />`;
  }

  #written() {
    if (!this.history?.length) return nothing;
    return html`<ul class="history" aria-label=${t("History")}>${this.history.map(
      ({ at, who, what, text }) => html`<li><span class="muted number">${dueTime(at)}</span> ${who === RULE ? nothing : this.desk.agentName(who)}
        ${label(promiseDoing(what))}${text ? html` — ${this.desk.agentName(text)}` : nothing}</li>`,
    )}</ul>`;
  }

  #form(promise) {
    const does = { close: () => t("Close promise"), note: () => t("Save note"), assign: () => t("Hand over") }[this.doing.what]();
    return html`<form @submit=${this.#do}
      @keydown=${(event) => event.key === "Escape" && !composing(event) && this.#putBack(promise.id)}>
      ${this.#written()}
      ${this.#field(promise)}
      ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
      <div><button class="button main" ?disabled=${!this.text.trim() || this.busy}>${does}</button>
        <button class="button plain" type="button" @click=${() => this.#putBack(promise.id)}>${t("Cancel")}</button></div>
    </form>`;
  }

  #acts(promise) {
    const act = (what, text) => html`<button class="link" data-act=${what} @click=${() => this.#ask(promise.id, what)}>${text}</button>`;
    return html`<div class="foot">${callBackLink(this.desk, promise, promiseName(promise))}
      ${act("note", t("Note…"))}${act("assign", t("Hand over…"))}
      ${act("close", promise.kind === "next_step" ? t("Done…") : t("Done without a call…"))}</div>`;
  }

  #item(promise) {
    const late = promise.level >= LATE;
    const time = dueTime(promise.due);
    const whose = this.#whose(promise);
    return html`<li class=${late ? "late" : ""} data-promise=${promise.id}>
      <div class="top">${this.#name(promise)}
        <span class="due">${promise.kind === "next_step" ? icon("arrow") : nothing}${late ? t("late since {time}", { time }) : t("by {time}", { time })}</span></div>
      ${promise.customer ? owedNumber(this.desk, promise) : nothing}
      <span class="muted">${[this.#times(promise), whose].filter(Boolean).join(" · ")}</span>
      ${this.doing?.id === promise.id ? this.#form(promise) : this.#acts(promise)}
    </li>`;
  }

  render() {
    const late = this.promises.filter((promise) => promise.level >= LATE).length;
    const shown = this.everything ? this.promises : this.promises.slice(0, FIRST_SHOWN);
    const hidden = this.promises.length - shown.length;
    return html`<section class="panel">
      <header><h2 class="heading">${t("Promises")}</h2>
        ${late ? html`<span class="badge open">${icon("warning")}${t("{count} late", { count: late })}</span>` : nothing}</header>
      ${shown.length
        ? html`<ul>${repeat(shown, ({ id }) => id, (promise) => this.#item(promise))}</ul>`
        : html`<p class="empty">${t("Nobody is waiting for a call back")}</p>`}
      ${hidden > 0
        ? html`<button class="link more" @click=${() => (this.everything = true)}>${t("{count} more", { count: hidden })}</button>`
        : nothing}
    </section>`;
  }
}

/** How many late promises this person should do something about. */
export function lateCount(state) {
  return state.promises.filter((promise) => isMyAlarm(state, promise)).length;
}

customElements.define("rw-promises", RwPromises);
