/* What is held on one person: given out as a file, or erased for good once their name was typed. */

import { readCard } from "../api.js";
import { css, html, nothing } from "../element.js";
import { day, listed } from "../formats.js";
import { t } from "../texts.js";
import { downloadDossier, erasePerson } from "./customer-api.js";
import { countedWords } from "./customer-words.js";
import { address, follow, go } from "./places.js";
import { View, sentenceOf } from "./view.js";

export class RwPersonalData extends View {
  static properties = {
    customer: {},
    card: { state: true },
    foreseen: { state: true },
    done: { state: true },
    reason: { state: true },
    typed: { state: true },
    fault: { state: true },
    given: { state: true },
    busy: { state: true },
  };

  static styles = [
    View.styles,
    css`
      .danger {
        border-color: var(--alarm-line);
      }

      .danger h2 {
        color: var(--alarm);
      }

      .button.erase {
        border-color: var(--alarm);
        background: var(--alarm);
        color: var(--surface);
        font-weight: 600;
      }

      .button.erase:disabled {
        border-color: var(--line);
        background: var(--quiet-soft);
        color: var(--muted);
      }

      .notice p {
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.reason = this.typed = "";
  }

  async read() {
    this.card = await readCard(this.customer);
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
    this.renderRoot.querySelector(".notice.bad, .notice.good, .foreseen")?.focus();
  }

  #give(readable) {
    this.given = "";
    return this.#do(async () => {
      await downloadDossier(this.card.customer_id, readable);
      this.given = t("Given out as a file; the audit says so.");
    });
  }

  #foresee() {
    return this.#do(async () => {
      this.foreseen = await erasePerson(this.card.customer_id, { dry_run: true });
    });
  }

  #erase(event) {
    event.preventDefault();
    if (!this.#sure || this.busy) return;
    this.#do(async () => {
      this.done = await erasePerson(this.card.customer_id, { reason: this.reason.trim(), dry_run: false });
    });
  }

  /* Their name, as it stands on the card, so that nobody erases whom they did not mean. */
  get #sure() {
    return this.typed.trim() === this.card.name && this.reason.trim() !== "";
  }

  #what(erasure) {
    const rows = countedWords(erasure.rows);
    return html`<p>${rows || t("Nothing but the record itself.")}</p>
      ${erasure.audit_contents ? html`<p>${t("Contents of {n} audit entries; the entries stay.", { n: erasure.audit_contents })}</p>` : nothing}
      ${erasure.orders_kept.length
        ? html`<p>${t("{n} paid orders stay without the person until {date}, as the law has it.", { n: erasure.orders_kept.length, date: day(erasure.kept_until) })}</p>`
        : nothing}`;
  }

  #copies({ astdb, journal, journal_left: left, whispers }) {
    return html`<p>${t("Copies: {journal} lines of the switch's journal overwritten, {whispers} sound files deleted.", { journal, whispers })}</p>
      ${astdb ? nothing : html`<p><b>${t("Asterisk does not answer: the daemon takes the numbers out of its store when it does.")}</b></p>`}
      ${left.length ? html`<p><b>${t("Not rewritten: {files}. They go when they are rotated away; delete them if that is too late.", { files: listed(left) })}</b></p>` : nothing}`;
  }

  #confirm() {
    const { name } = this.card;
    return html`<form class="stack" novalidate @submit=${this.#erase}>
      <div class="notice warn foreseen" tabindex="-1"><b>${t("This would go, for good:")}</b>${this.#what(this.foreseen)}
        <p>${t("Numbers, names and texts of theirs in other places, in Asterisk's store and journal too. Backups, files exported before and messages sent are out of reach.")}</p></div>
      <div class="one"><label for="why">${t("Who asked for it, and how")}</label>
        <input class="field" id="why" maxlength="200" autocomplete="off" .value=${this.reason} @input=${({ target }) => (this.reason = target.value)}></div>
      <div class="one"><label for="name">${t("Type {name} to confirm", { name })}</label>
        <input class="field" id="name" autocomplete="off" .value=${this.typed} @input=${({ target }) => (this.typed = target.value)}></div>
      <div class="row"><button class="button erase" ?disabled=${!this.#sure || this.busy}>${t("Erase for good")}</button>
        <button type="button" class="button" @click=${() => (this.foreseen = null)}>${t("Do not erase")}</button></div>
    </form>`;
  }

  show() {
    const { name, customer_id: id } = this.card;
    const head = html`<div class="head"><h1>${t("Personal data")}</h1>
      <div class="end"><a class="button" href=${address("privacy")} @click=${follow("privacy")}>${t("Back")}</a></div></div>`;
    if (this.done)
      return html`${head}<div class="notice good" role="status" tabindex="-1"><b>${t("The person is erased. Their next call is an unknown caller's.")}</b>
        ${this.#what(this.done)} ${this.#copies(this.done.copies)}
        <div><button class="button" @click=${() => go("privacy")}>${t("Back to personal data")}</button></div></div>`;
    return html`${head}
      <div class="stack">
        ${this.fault ? html`<p class="notice bad" role="alert" tabindex="-1">${sentenceOf(this.fault)}</p>` : nothing}
        <section class="panel stack"><h2>${t("What is held on {name} ({id})", { name, id })}</h2>
          <p class="hint">${t("Card, numbers, calls, contacts, orders, promises, the audit's entries about them, and what lies in Asterisk. Make sure that it is they who ask.")}</p>
          <div class="row"><button class="button main" ?disabled=${this.busy} @click=${() => this.#give(true)}>${t("Download to read")}</button>
            <button class="button" ?disabled=${this.busy} @click=${() => this.#give(false)}>${t("Download as JSON")}</button>
            ${this.given ? html`<span class="hint" role="status">${this.given}</span>` : nothing}</div></section>
        <section class="panel stack danger"><h2>${t("Erase {name}", { name })}</h2>
          ${this.foreseen
            ? this.#confirm()
            : html`<p class="hint">${t("What would go is said first; nothing happens before you confirm.")}</p>
                <div><button class="button" ?disabled=${this.busy} @click=${this.#foresee}>${t("Look what would go")}</button></div>`}</section>
      </div>`;
  }
}

customElements.define("rw-personal-data", RwPersonalData);
