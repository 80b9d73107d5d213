/* The audit: what was done, by whom, to what, and whether it stands as it was written. */

import { css, html, nothing } from "../element.js";
import { clockTime, day } from "../formats.js";
import { t } from "../texts.js";
import { listPeople, readAudit, readVerdict } from "./api.js";
import { View, sentenceOf } from "./view.js";
import { valueWord } from "./words.js";

const PAGE = 50;

export class RwAudit extends View {
  static properties = {
    entries: { state: true },
    verdict: { state: true },
    filter: { state: true },
    more: { state: true },
    fault: { state: true },
    names: { state: true },
  };

  static styles = [
    View.styles,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        align-items: end;
        margin-block: 0.75rem;
      }

      form .one {
        flex: 1 1 10rem;
        max-width: 16rem;
      }

      .entries > li {
        display: grid;
        gap: 0.2rem;
        padding: 0.6rem 0;
        border-bottom: 1px solid var(--line);
        overflow-wrap: anywhere;
      }

      .entries > li:last-child {
        border: 0;
      }

      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0.15rem 0.75rem;
      }

      small {
        color: var(--muted);
        font-size: var(--text-small);
      }
    `,
  ];

  constructor() {
    super();
    this.filter = { action: "", actor: "", subject_id: "", since: "" };
  }

  #query(before) {
    const { action, actor, subject_id, since } = this.filter;
    return {
      action: action.trim() || undefined,
      actor: actor.trim() || undefined,
      subject_id: subject_id.trim() || undefined,
      since: since || undefined, // the firm's day, wherever one reads it
      before,
      limit: PAGE,
    };
  }

  async read() {
    const [entries, verdict, people] = await Promise.all([readAudit(this.#query()), readVerdict(), listPeople(true)]);
    this.names = new Map(people.map((one) => [one.code, one.nickname || one.name]));
    this.verdict = verdict;
    this.#take([], entries);
  }

  #take(before, entries) {
    this.entries = [...before, ...entries];
    this.more = entries.length === PAGE;
    this.fault = null;
  }

  async #find(event) {
    event.preventDefault();
    try {
      this.#take([], await readAudit(this.#query()));
    } catch (error) {
      this.fault = error;
    }
  }

  async #earlier() {
    try {
      this.#take(this.entries, await readAudit(this.#query(this.entries.at(-1).number)));
    } catch (error) {
      this.fault = error;
    }
  }

  #field(name, label, placeholder, type = "text") {
    return html`<div class="one"><label for=${name}>${label}</label>
      <input class="field" id=${name} type=${type} placeholder=${placeholder} autocomplete="off" maxlength="100" .value=${this.filter[name]}
        @input=${({ target }) => (this.filter = { ...this.filter, [name]: target.value })}></div>`;
  }

  #said(label, value) {
    if (value === null || value === undefined || value === "") return nothing;
    const text = typeof value === "object" ? JSON.stringify(value) : valueWord(value);
    return html`<small>${label} ${text}</small>`;
  }

  #entry(one) {
    const who = one.agent && this.names.get(one.agent) ? `${this.names.get(one.agent)} (${one.actor})` : one.actor;
    return html`<li>
      <div class="line"><span class="number muted">${one.number}</span><b>${one.action}</b>
        <span class="number muted">${day(one.at)} ${clockTime(one.at)}</span><span>${who}</span>
        ${one.subject ? html`<span class="muted">${one.subject} ${one.subject_id}</span>` : nothing}
        ${one.erased ? html`<span class="badge">${t("contents erased by law")}</span>` : nothing}</div>
      ${this.#said(t("Asked by"), one.asked_by)} ${this.#said(t("Before"), one.before)} ${this.#said(t("After"), one.after)}
      ${this.#said("", one.text)}
    </li>`;
  }

  #standing() {
    const { sound, entries, erased, broken_at: broken } = this.verdict;
    return sound
      ? html`<p class="notice good" role="status">${t("All {entries} entries stand as they were written ({erased} with their contents erased).", { entries, erased })}</p>`
      : html`<p class="notice bad" role="alert">${t("Entry {number} is not as it was written. Restore the database from before it was touched.", { number: broken })}</p>`;
  }

  show() {
    return html`
      <div class="head"><h1>${t("Audit")}</h1></div>
      ${this.#standing()}
      <form @submit=${this.#find} role="search" aria-label=${t("Search the audit")}>
        ${this.#field("action", t("What was done"), "customer.")}
        ${this.#field("actor", t("Log-in"), "101")}
        ${this.#field("subject_id", t("To what (its number)"), "12")}
        ${this.#field("since", t("From this day on"), "", "date")}
        <button class="button main">${t("Find")}</button>
      </form>
      ${this.fault ? html`<p class="notice bad" role="alert">${sentenceOf(this.fault)}</p>` : nothing}
      <section class="panel">
        ${this.entries.length
          ? html`<ul class="entries">${this.entries.map((one) => this.#entry(one))}</ul>`
          : html`<p class="empty">${t("The audit has no such entry.")}</p>`}
        ${this.more ? html`<button class="button" @click=${this.#earlier}>${t("Earlier ones")}</button>` : nothing}
      </section>
    `;
  }
}

customElements.define("rw-audit", RwAudit);
