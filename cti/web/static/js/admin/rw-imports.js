/* A file of customers, orders, payments or messages: looked at first, imported whole, or its faults line by line. */

import { css, html, nothing } from "../element.js";
import { listed } from "../formats.js";
import { t } from "../texts.js";
import { label } from "../words.js";
import { importFile, listImports } from "./api.js";
import { base64 } from "./files.js";
import { readNames } from "./names.js";
import "./rw-import-list.js";
import { View, field, sentenceOf } from "./view.js";
import { IMPORT_KINDS, importKindWord } from "./words.js";

const LARGEST = 6_000_000; // bytes; the server takes 8 MiB of Base64
const SHOWN = 100; // lines with faults: who mends so many looks again anyway

const ENCODINGS = { "utf-8-sig": "UTF-8", cp950: "Big5", gb18030: "GBK", "utf-16": "UTF-16", xlsx: "XLSX", vcard: "vCard" };
const TABLES = ".csv,.tsv,.txt,.xlsx,text/csv";
const CONTACTS = ".vcf,text/vcard";

const NEEDED = {
  customers: () => t("Needed columns: customer number and name. A vCard needs none."),
  orders: () => t("Needed columns: order number and title; and whose it is: customer number, telephone or e-mail."),
  payments: () => t("Needed columns: payment number and amount; and the order, or whose it is."),
  interactions: () => t("Needed columns: number and text; and whose it is: customer number, telephone or e-mail."),
};

export class RwImports extends View {
  static properties = {
    kind: { state: true },
    file: { state: true },
    found: { state: true },
    doing: { state: true },
    fault: { state: true },
    done: { state: true },
    made: { state: true },
    over: { state: true },
  };

  static styles = [
    View.styles,
    css`
      .counts {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1.5rem;
      }

      .drop {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        padding: 0.75rem;
        border: 1px dashed var(--line-field);
        border-radius: var(--radius);
      }

      .drop.over {
        border-color: var(--brand);
        background: var(--brand-soft);
      }

      #file:focus-visible + .button {
        outline: 2px solid var(--brand);
        outline-offset: 2px;
      }

      #file:disabled + .button {
        border-color: var(--line);
        color: var(--muted);
        cursor: default;
      }

      .counts b {
        font-size: var(--text-large);
        font-variant-numeric: tabular-nums;
      }

      .faults {
        background: var(--surface);
        color: var(--ink);
        border-radius: var(--radius-small);
        padding: 0 0.75rem;
        max-height: 24rem;
        overflow: auto;
      }

      .faults td {
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.kind = "customers";
  }

  async read() {
    [this.made, this.names] = await Promise.all([listImports(), readNames(this.session)]);
  }

  #choose({ target }) {
    const [file] = target.files;
    target.value = ""; // the same file again, mended, is a change too
    if (file) this.#take(file);
  }

  #dragged(event) {
    event.preventDefault();
    this.over = this.doing !== "write";
  }

  #dropped(event) {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file && this.over) this.#take(file);
    this.over = false;
  }

  async #take(file) {
    [this.file, this.found, this.fault, this.done] = [null, null, null, null];
    if (file.size > LARGEST) {
      this.fault = new Error(t("{file} is larger than 6 MB. Split it, or import it on the command line: ringward import file.", { file: file.name }));
      return;
    }
    if (file.size === 0) {
      this.fault = new Error(t("{file} is empty.", { file: file.name }));
      return;
    }
    try {
      this.file = { name: file.name, content: await base64(file) };
    } catch {
      this.fault = new Error(t("{file} cannot be read. Close it in other programs and choose it again.", { file: file.name }));
      return;
    }
    await this.#look();
  }

  #choseKind(kind) {
    this.kind = kind;
    if (this.file) this.#look();
  }

  /** Ask what the file would do, or have it done; the answer to an older question is not shown. */
  async #ask(dry) {
    const mine = (this.question = Symbol("question"));
    const { name, content } = this.file;
    [this.doing, this.fault, this.done] = [dry ? "look" : "write", null, null];
    try {
      const answer = await importFile({ kind: this.kind, file: name, content, dry_run: dry });
      return this.question === mine ? answer : null;
    } catch (error) {
      if (this.question === mine) this.fault = error;
      return null;
    } finally {
      if (this.question === mine) this.doing = "";
    }
  }

  async #look() {
    this.found = null;
    this.found = await this.#ask(true);
    await this.#show(".found");
  }

  async #import() {
    const answer = await this.#ask(false);
    if (!answer) return;
    if (answer.faults.length) {
      this.found = answer;
    } else {
      [this.file, this.found, this.done] = [null, null, answer];
      await this.load();
    }
    await this.#show(".found, .done");
  }

  async #show(what) {
    await this.updateComplete;
    this.renderRoot.querySelector(what)?.focus();
  }

  #leave() {
    [this.file, this.found, this.fault] = [null, null, null];
    this.#show("#file");
  }

  #counts({ added, changed, unchanged }) {
    return html`<div class="counts">
      <span>${t("Added")} <b>${added}</b></span><span>${t("Changed")} <b>${changed}</b></span><span>${t("Unchanged")} <b>${unchanged}</b></span>
    </div>`;
  }

  #faults(faults) {
    return html`<div class="faults" tabindex="0" role="region" aria-label=${t("Lines to mend")}><table>
        <thead><tr><th>${t("Line")}</th><th>${t("Column")}</th><th>${t("What to mend")}</th></tr></thead>
        <tbody>${faults.slice(0, SHOWN).map((one) => html`<tr><td class="number">${one.line}</td><td>${one.column}</td><td>${one.what}</td></tr>`)}</tbody>
      </table></div>
      ${faults.length > SHOWN ? html`<span>${t("… and {count} more.", { count: faults.length - SHOWN })}</span>` : nothing}`;
  }

  #foreseen() {
    const { faults, added, changed, ignored, encoding } = this.found;
    const some = added + changed;
    const sentence = faults.length
      ? t("Nothing can be imported before these {count} faults are mended in the file.", { count: faults.length })
      : some
        ? t("This is what would happen. Nothing is written yet.")
        : t("Everything in this file is here already.");
    return html`<div class="notice found ${faults.length ? "bad" : ""}" role="group" tabindex="-1" aria-label=${t("What the file brings")}>
      <div><b>${this.file.name}</b> <span class="badge">${ENCODINGS[encoding] ?? encoding}</span></div>
      <span>${sentence}</span>
      ${faults.length ? this.#faults(faults) : this.#counts(this.found)}
      ${ignored.length ? html`<span>${t("Columns that nobody knows: {columns}", { columns: listed(ignored) })}</span>` : nothing}
      <div class="row">
        ${faults.length || !some
          ? nothing
          : html`<button class="button main" ?disabled=${Boolean(this.doing)} @click=${this.#import}>${t("Import {count}", { count: some })}</button>`}
        <button class="button" ?disabled=${this.doing === "write"} @click=${this.#leave}>${t("Leave it")}</button>
      </div>
    </div>`;
  }

  #said() {
    if (this.doing === "look") return html`<p class="notice" role="status">${t("{file} is being looked at…", { file: this.file.name })}</p>`;
    if (this.doing === "write")
      return html`<p class="notice" role="status">${t("{file} is being imported. Calls go on meanwhile; this may take some minutes.", { file: this.file.name })}</p>`;
    if (this.done)
      return html`<div class="notice good done" role="status" tabindex="-1"><span>${t("Imported.")}</span>${this.#counts(this.done)}</div>`;
    return this.fault ? html`<p class="notice bad" role="alert">${sentenceOf(this.fault)}</p>` : nothing;
  }

  show() {
    const writing = this.doing === "write";
    const accept = this.kind === "customers" ? `${TABLES},${CONTACTS}` : TABLES;
    return html`
      <div class="head"><h1>${t("Imports")}</h1></div>
      <div class="stack">
        <section class="panel stack">
          <div class="fields">
            ${field({
              name: "kind",
              label: t("What is in the file"),
              control: html`<select class="field" id="kind" ?disabled=${writing} @change=${({ target }) => this.#choseKind(target.value)}>
                ${IMPORT_KINDS.map((one) => html`<option value=${one} ?selected=${one === this.kind}>${label(importKindWord(one))}</option>`)}</select>`,
            })}
          </div>
          <div class="drop ${this.over ? "over" : ""}" @dragover=${this.#dragged} @dragleave=${() => (this.over = false)} @drop=${this.#dropped}>
            <input class="sr" id="file" type="file" accept=${accept} aria-describedby="file-hint" ?disabled=${writing} @change=${this.#choose}>
            <label class="button" for="file">${t("Choose a file…")}</label>
            <span class="hint" id="file-hint">${t("Or drop it here. CSV in UTF-8, Big5 or GBK, XLSX, for customers vCard too; at most 6 MB. It is looked at first.")}</span>
          </div>
          <p class="hint">${NEEDED[this.kind]()} ${t("All of a file is imported or nothing of it; the same file again changes nothing, and nothing is ever taken away.")}</p>
          ${this.#said()}
          ${this.found ? this.#foreseen() : nothing}
        </section>
        <rw-import-list .session=${this.session} .made=${this.made} .names=${this.names} @changed=${() => this.load()}></rw-import-list>
      </div>
    `;
  }
}

customElements.define("rw-imports", RwImports);
