/* The palette (Ctrl+K): one field from which everything is reached by typing. Stands over the page without taking it:
   the call goes on beneath, and a click elsewhere closes it. Must not know what its entries do. */

import { findCustomers } from "../api.js";
import { RwElement, classMap, css, focused, html, nothing, repeat } from "../element.js";
import { icon } from "../icons.js";
import { arrowStep, composing } from "../keys.js";
import { customerEntry, entriesFor } from "../palette-entries.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { foundBy } from "./rw-search.js";

const PAUSE = 90;
const SHORTEST = 2;
const MOST_OF_A_KIND = 8;
const ICONS = { customer: "person", promise: "back", call: "phone", colleague: "phone", action: "arrow" };
const ORDER = ["call", "customer", "promise", "action", "colleague"];

export class RwPalette extends RwElement {
  static properties = {
    desk: { attribute: false },
    state: { attribute: false },
    typed: { state: true },
    customers: { state: true },
    at: { state: true },
    failed: { state: true },
    waiting: { state: true },
  };

  static styles = [
    shared,
    css`
      :host {
        position: fixed;
        z-index: 30;
        inset-block-start: clamp(0.5rem, 8vh, 6rem);
        inset-inline: 0.5rem;
        display: grid;
        justify-items: center;
        pointer-events: none;
      }

      .panel {
        display: flex;
        flex-direction: column;
        width: min(40rem, 100%);
        max-height: min(34rem, calc(100vh - 1rem - clamp(0.5rem, 8vh, 6rem)));
        border-color: var(--line-strong);
        box-shadow: 0 12px 48px rgb(0 0 0 / 28%);
        overflow: hidden;
        pointer-events: auto;
      }

      .top {
        display: flex;
        align-items: center;
        gap: 0.6rem;
        padding: 0.4rem 0.5rem 0.4rem 1rem;
        border-bottom: 1px solid var(--line);
        color: var(--muted);
      }

      input {
        flex: 1;
        min-width: 0;
        min-height: 2.75rem;
        border: 0;
        background: none;
        color: var(--ink);
        font-size: var(--text-large);
      }

      input:focus-visible {
        outline: none;
      }

      .top:focus-within {
        box-shadow: inset 0 -2px var(--brand);
      }

      input::placeholder {
        color: var(--muted);
        opacity: 1;
      }

      ul {
        padding: 0.35rem;
        overflow: auto;
      }

      .group {
        padding: 0.5rem 0.65rem 0.2rem;
        color: var(--muted);
        font-size: var(--text-small);
        font-weight: 600;
      }

      .entry {
        display: flex;
        align-items: baseline;
        gap: 0.2rem 0.65rem;
        min-height: 2.25rem;
        padding: 0.4rem 0.65rem;
        border-radius: var(--radius-small);
        cursor: pointer;
      }

      .entry > svg {
        align-self: center;
        color: var(--muted);
      }

      .entry span {
        min-width: 0;
        overflow-wrap: anywhere;
      }

      .entry small {
        margin-inline-start: auto;
        color: var(--muted);
        font-size: var(--text-small);
        text-align: end;
      }

      .entry.at {
        background: var(--brand-soft);
        box-shadow: inset 3px 0 var(--brand);
      }

      .late small {
        color: var(--alarm);
        font-weight: 600;
      }

      .none {
        padding: 0.9rem 1rem 1.1rem;
        color: var(--muted);
      }
    `,
  ];

  constructor() {
    super();
    this.typed = "";
    this.customers = [];
    this.at = 0;
    this.failed = false;
    this.waiting = false;
    this.eager = false;
    this.elsewhere = (event) => !event.composedPath().includes(this) && this.emit("close");
  }

  firstUpdated() {
    this.before = focused();
    window.addEventListener("pointerdown", this.elsewhere);
    this.renderRoot.querySelector("input").focus();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener("pointerdown", this.elsewhere);
    clearTimeout(this.pause);
    this.running?.abort();
  }

  #typed({ target }) {
    this.typed = target.value;
    this.at = 0;
    this.eager = false;
    clearTimeout(this.pause);
    const text = this.typed.trim();
    if (text.length < SHORTEST) {
      this.running?.abort();
      this.customers = [];
      this.waiting = false;
      return;
    }
    this.waiting = true;
    this.pause = setTimeout(() => this.#find(text), PAUSE);
  }

  async #find(text) {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    try {
      this.customers = await findCustomers(text, running.signal);
      this.failed = false;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.customers = [];
      this.failed = true;
    }
    this.waiting = false;
    const [first] = this.#entries;
    if (this.eager && first) this.#run(first);
  }

  get #entries() {
    const found = [
      ...this.customers.map((one) => customerEntry(one, this.desk, foundBy(one))),
      ...entriesFor(this.desk, this.typed),
    ];
    const few = this.typed.trim() === "" ? MOST_OF_A_KIND : Infinity;
    return ORDER.flatMap((kind) => found.filter((entry) => entry.kind === kind).slice(0, few));
  }

  #close() {
    this.emit("close");
    if (this.before?.isConnected) this.before.focus?.();
  }

  #run(entry) {
    this.emit("close");
    const back = this.before;
    Promise.resolve(entry.run(this)).catch((error) => this.desk.fail(error));
    queueMicrotask(() => document.activeElement === document.body && back?.isConnected && back.focus?.());
  }

  #keys(event) {
    if (composing(event)) return;
    const entries = this.#entries;
    const step = arrowStep(event, this.at, entries.length);
    if (step !== null) {
      event.preventDefault();
      this.at = step;
    } else if (event.key === "Enter") {
      event.preventDefault();
      // What is found may still push itself in between: Enter then means the first of what will stand there.
      if (this.waiting) this.eager = true;
      else if (entries[this.at]) this.#run(entries[this.at]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    }
  }

  #left({ relatedTarget }) {
    if (relatedTarget && !this.renderRoot.contains(relatedTarget) && relatedTarget !== this) this.emit("close");
  }

  updated() {
    this.renderRoot.querySelector(".at")?.scrollIntoView({ block: "nearest" });
  }

  #heading(kind) {
    const words = {
      call: () => t("Call"), customer: () => t("Customers"), promise: () => t("Promises"),
      action: () => t("Actions"), colleague: () => t("Colleagues"),
    };
    return words[kind]();
  }

  #item(entry, place, entries) {
    const first = entries[place - 1]?.kind !== entry.kind;
    return html`${first ? html`<li class="group" role="presentation">${this.#heading(entry.kind)}</li>` : nothing}
      <li class=${classMap({ entry: true, at: place === this.at, late: Boolean(entry.late) })} role="option" id="entry-${place}"
        aria-selected=${place === this.at ? "true" : "false"}
        @pointermove=${() => (this.at = place)} @mousedown=${(event) => event.preventDefault()} @click=${() => this.#run(entry)}>
        ${icon(ICONS[entry.kind])}<span>${entry.text}</span>${entry.hint ? html`<small>${entry.hint}</small>` : nothing}</li>`;
  }

  #nothing() {
    if (this.waiting) return t("Searching…");
    return this.typed.trim().length < SHORTEST ? t("Customers are found from the second character on.") : t("Nothing found");
  }

  render() {
    const entries = this.#entries;
    const label = t("Search customers, promises, colleagues and actions");
    return html`<div class="panel" role="dialog" aria-label=${t("Palette")} @keydown=${this.#keys} @focusout=${this.#left}>
      <div class="top">${icon("search")}
        <input role="combobox" aria-expanded="true" aria-controls="entries" aria-autocomplete="list" autocomplete="off" spellcheck="false"
          aria-activedescendant=${entries.length ? `entry-${this.at}` : nothing} aria-label=${label} placeholder=${label} @input=${this.#typed}>
        <button class="button plain" aria-label=${t("Close")} @click=${this.#close}>Esc</button></div>
      <ul id="entries" role="listbox" tabindex="-1" aria-label=${label}>${repeat(entries, ({ id }) => id, (entry, place) => this.#item(entry, place, entries))}</ul>
      ${this.failed
        ? html`<p class="none" role="status">${t("The search did not work. Try again.")}</p>`
        : entries.length
          ? nothing
          : html`<p class="none" role="status">${this.#nothing()}</p>`}
    </div>`;
  }
}

customElements.define("rw-palette", RwPalette);
