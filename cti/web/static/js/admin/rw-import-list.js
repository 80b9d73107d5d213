/* Imports as they were made, and the way back: a whole import is undone, what people changed since stays and is named. */

import { RwElement, css, html, nothing } from "../element.js";
import { clockTime, day, listed } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { undoImport } from "./api.js";
import { Acting } from "./list-view.js";
import { sheet } from "./sheet.js";
import { sentenceOf } from "./view.js";
import { importKindWord, leftField, leftWord } from "./words.js";

const SHOWN = 50; // records that stayed; who has more looks them up by hand

export class RwImportList extends Acting(RwElement) {
  static properties = {
    session: { attribute: false },
    made: { attribute: false },
    names: { attribute: false },
    asked: { state: true },
    undone: { state: true },
  };

  static styles = [
    shared,
    sheet,
    css`
      .made > li {
        display: grid;
        gap: 0.4rem;
        padding: 0.75rem 0;
        border-bottom: 1px solid var(--line);
      }

      .made > li:last-child {
        border: 0;
      }

      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.75rem;
      }

      .line b {
        overflow-wrap: anywhere;
      }

      .line .button {
        margin-inline-start: auto;
      }

      .left td {
        overflow-wrap: anywhere;
      }
    `,
  ];

  async #ask(id) {
    [this.asked, this.fault] = [id, null];
    await this.focusOn(`#sure-${id} button`);
  }

  async #undo(id) {
    const done = await this.act(async () => (this.undone = await undoImport(id)));
    if (!done) return;
    this.asked = null;
    this.emit("changed");
    await this.focusOn(".result");
  }

  #sure({ id, added, changed }) {
    return html`<div class="notice warn" id=${`sure-${id}`} role="group" aria-label=${t("Take import {id} back", { id })}>
      <span>${t("{added} new records are taken away and {changed} are put back as they were. What somebody has changed since stays as it is.", { added, changed })}</span>
      ${this.fault ? html`<span class="error" role="alert">${sentenceOf(this.fault)}</span>` : nothing}
      <div class="row">
        <button class="button main" ?disabled=${this.busy} @click=${() => this.#undo(id)}>${this.busy ? t("Being taken back…") : t("Yes, take the import back")}</button>
        <button class="button" ?disabled=${this.busy} @click=${() => (this.asked = null)}>${t("Leave it as it is")}</button>
      </div>
    </div>`;
  }

  #result() {
    const { restored, kept, left } = this.undone;
    return html`<div class="notice result ${kept ? "warn" : "good"}" role="status" tabindex="-1">
      <b>${t("{restored} put back, {kept} left.", { restored, kept })}</b>
      ${left.length
        ? html`<div class="scroll left" tabindex="0" role="region" aria-label=${t("What stayed")}><table>
            <thead><tr><th>${t("Name")}</th><th>${t("Why it stayed")}</th></tr></thead>
            <tbody>${left.slice(0, SHOWN).map((one) => html`<tr><td>${one.name || one.id}</td><td>${leftWord(one.why)}${one.fields.length ? html`<br><small>${listed(one.fields.map(leftField))}</small>` : nothing}</td></tr>`)}</tbody>
          </table></div>`
        : nothing}
      ${kept > Math.min(SHOWN, left.length) ? html`<span>${t("… and {count} more.", { count: kept - Math.min(SHOWN, left.length) })}</span>` : nothing}
    </div>`;
  }

  #one(one) {
    const { id, added, changed, unchanged } = one;
    return html`<li>
      <div class="line"><span class="number muted">${id}</span><span class="badge brand">${importKindWord(one.kind)}</span><b>${one.file || "–"}</b>
        <span class="number muted">${day(one.at)} ${clockTime(one.at)}</span><span>${this.names.login(one.by)}</span>
        ${one.undone || this.asked === id
          ? nothing
          : html`<button class="button plain" aria-label=${t("Take import {id} back", { id })} @click=${() => this.#ask(id)}>${t("Take it back…")}</button>`}</div>
      <div class="line"><span>${t("{added} new, {changed} changed, {unchanged} as they were", { added, changed, unchanged })}</span>
        ${one.undone
          ? html`<span class="badge">${t("taken back {when} by {who}", { when: `${day(one.undone)} ${clockTime(one.undone)}`, who: this.names.login(one.undone_by) })}</span>
              ${one.kept ? html`<span class="badge moving">${t("{count} stayed, changed since", { count: one.kept })}</span>` : nothing}`
          : nothing}</div>
      ${this.asked === id ? this.#sure(one) : nothing}
      ${this.undone?.import_id === id ? this.#result() : nothing}
    </li>`;
  }

  render() {
    return html`<section class="panel stack"><h2>${t("Imported so far")}</h2>
      ${this.made.length
        ? html`<ul class="made">${this.made.map((one) => this.#one(one))}</ul>`
        : html`<p class="empty">${t("No file has changed anything yet.")}</p>`}</section>`;
  }
}

customElements.define("rw-import-list", RwImportList);
