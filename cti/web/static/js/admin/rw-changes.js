/* Who changed what, and when; and the way back to a version, looked at before it is gone. */

import { css, html, nothing } from "../element.js";
import { clockTime, day } from "../formats.js";
import { t } from "../texts.js";
import { listVersions, readDifference, rollBack } from "./api.js";
import { NONE, fieldValue, tellingFields, thingWords } from "./change-words.js";
import { ListView } from "./list-view.js";
import { readAllNames } from "./names.js";
import { sentenceOf } from "./view.js";
import { thingFieldWord } from "./words.js";

const PAGE = 50;

export class RwChanges extends ListView {
  static properties = {
    limit: { state: true },
    sought: { state: true },
    back: { state: true },
  };

  static styles = [
    ListView.styles,
    css`
      .tools {
        display: flex;
        margin-bottom: 0.75rem;
      }

      .tools .field {
        flex: 1 1 16rem;
        max-width: 26rem;
      }

      .what {
        display: grid;
        gap: 0.15rem;
        font-size: var(--text);
        overflow-wrap: anywhere;
      }

      .what b {
        font-weight: 600;
      }

      .what small {
        color: var(--muted);
        font-size: var(--text-small);
      }

      .row {
        margin-top: 0.25rem;
      }
    `,
  ];

  constructor() {
    super();
    this.limit = PAGE;
  }

  list() {
    return listVersions(this.limit);
  }

  readWho() {
    return readAllNames(this.session);
  }

  get #newest() {
    return this.rows[0]?.version ?? 0;
  }

  async #look(version) {
    this.said = "";
    try {
      this.back = { version, changes: await readDifference(this.#newest, version) };
    } catch (error) {
      this.back = { version, fault: error };
    }
    this.focusOn(".way");
  }

  async #go() {
    const { version } = this.back;
    let made;
    const done = await this.change(async () => {
      made = await rollBack(version, this.#newest);
      this.back = null;
    });
    if (done) this.said = t("Everything is as in version {version} again; that is version {made}.", { version, made: made.version });
    else this.back = { ...this.back, fault: this.fault };
  }

  #change(one) {
    const what = one.before === null ? t("new") : one.after === null ? t("taken away") : "";
    const shown = (value, mark) => (value === NONE ? html`<span>${NONE}</span>` : mark(value));
    const was = ({ field, before }) => (one.before === null ? nothing : shown(fieldValue(this.names, field, before), (words) => html`<del>${words}</del>`));
    const is = ({ field, after }) => (one.after === null ? nothing : shown(fieldValue(this.names, field, after), (words) => html`<ins>${words}</ins>`));
    const arrow = one.before && one.after ? "→" : nothing;
    return html`<div class="what"><span><b>${thingWords(this.names, one)}</b> ${what ? html`<span class="badge">${what}</span>` : nothing}</span>
      ${tellingFields(one).map(
        (item) => html`<small>${thingFieldWord(one.subject, item.field)}: ${was(item)} ${arrow} ${is(item)}</small>`,
      )}</div>`;
  }

  #way() {
    const { version, changes, fault } = this.back;
    return html`<div class="notice warn way" tabindex="-1" role="group" aria-label=${t("Back to version {version}", { version })}>
      <b>${t("Back to version {version}", { version })}</b>
      ${fault ? html`<span class="error" role="alert">${sentenceOf(fault)}</span>` : nothing}
      ${changes
        ? changes.length
          ? html`<span>${t("This would change:")}</span>${changes.map((one) => this.#change(one))}`
          : html`<span>${t("Nothing would change: it is like that already.")}</span>`
        : nothing}
      <span class="hint">${t("It is checked like any other change, and is a version of its own. Log-ins stay as they are.")}</span>
      <div class="row">
        ${changes?.length ? html`<button class="button main" @click=${this.#go}>${t("Yes, go back to version {version}", { version })}</button>` : nothing}
        <button class="button" @click=${() => (this.back = null)}>${t("Leave it as it is")}</button>
        ${fault?.code === "stale" ? html`<button class="button" @click=${() => ((this.back = null), this.load())}>${t("Look again")}</button>` : nothing}
      </div>
    </div>`;
  }

  #note(note) {
    const back = /^rollback (\d+)$/.exec(note);
    return back ? t("Back to version {version}", { version: back[1] }) : note;
  }

  #version(one) {
    const may = this.mayChange && one.version !== this.#newest;
    return html`<li>
      <div class="line"><b class="number">${one.version}</b><span class="number muted">${day(one.at)} ${clockTime(one.at)}</span><span>${this.names.login(one.by)}</span>
        ${one.note ? html`<span class="badge brand">${this.#note(one.note)}</span>` : nothing}
        ${may ? html`<button class="button plain end" @click=${() => this.#look(one.version)} aria-label=${t("Back to version {version}", { version: one.version })}>${t("Back to here…")}</button>` : nothing}</div>
      ${one.changes.map((change) => this.#change(change))}
      ${this.back?.version === one.version ? this.#way() : nothing}
    </li>`;
  }

  get #found() {
    const sought = (this.sought ?? "").trim().toLowerCase();
    return this.rows.filter((one) => !sought || this.#words(one).toLowerCase().includes(sought));
  }

  /** All that stands of a version, by name and by code: what it is found by. */
  #words(one) {
    const changes = one.changes.flatMap((change) => [
      thingWords(this.names, change),
      change.key,
      ...change.fields.flatMap(({ field, before, after }) => [before, after].flatMap((value) => [fieldValue(this.names, field, value), JSON.stringify(value)])),
    ]);
    return [this.names.login(one.by), one.note, ...changes].join(" ");
  }

  show() {
    const found = this.#found;
    return html`
      <div class="head"><h1>${t("Changes")}</h1></div>
      <div class="tools"><input class="field" type="search" aria-label=${t("Search changes")} placeholder=${t("Who, what, or a value")} .value=${this.sought ?? ""} @input=${({ target }) => (this.sought = target.value)}></div>
      ${this.said ? html`<p class="notice good" role="status">${this.said}</p>` : nothing}
      <section class="panel">
        ${this.rows.length === 0
          ? html`<p class="empty">${t("Nothing has been changed yet. Every change will stand here, with who made it.")}</p>`
          : found.length === 0
            ? html`<p class="empty">${t("No change is found by that.")}</p>`
            : html`<ul class="rows versions">${found.map((one) => this.#version(one))}</ul>`}
        ${this.rows.length === this.limit && this.limit < 200
          ? html`<button class="button" @click=${() => ((this.limit = Math.min(200, this.limit + PAGE)), this.load())}>${t("Earlier ones")}</button>`
          : nothing}
      </section>
    `;
  }
}

customElements.define("rw-changes", RwChanges);
