/* The merges that were made, the latest first; each can be taken back, from the last one back where they build on each
   other. */

import { RwElement, css, html, nothing, repeat } from "../element.js";
import { clockTime, day } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { undoMerge } from "./customer-api.js";
import { countedWords } from "./customer-words.js";
import { sheet } from "./sheet.js";
import { sentenceOf } from "./view.js";

const MERGING = ["lead", "manager", "admin"];

const at = (instant) => `${day(instant)} ${clockTime(instant)}`;

export class RwMerges extends RwElement {
  static properties = {
    session: { attribute: false },
    merges: { attribute: false },
    asking: { state: true },
    fault: { state: true },
    busy: { state: true },
  };

  static styles = [
    shared,
    sheet,
    css`
      li {
        display: grid;
        gap: 0.3rem 1rem;
        grid-template-columns: minmax(0, 1fr) auto;
        padding: 0.6rem 0;
        border-bottom: 1px solid var(--line);
      }

      li:last-child {
        border: 0;
      }

      li:focus {
        outline: 2px solid var(--brand);
        outline-offset: 2px;
      }

      small {
        display: block;
        color: var(--muted);
        font-size: var(--text-small);
      }
    `,
  ];

  async #undo(one) {
    this.busy = true;
    this.fault = null;
    try {
      await undoMerge(one.id);
      this.asking = null;
      this.emit("changed", {});
    } catch (error) {
      this.fault = { of: one.id, error };
    } finally {
      this.busy = false;
    }
  }

  /* "undo merge 7 first": the one that is meant, when it stands here. */
  #first(error) {
    const named = error.code === "refused" && /\d+/.exec(error.message);
    return named ? this.merges.find((one) => String(one.id) === named[0] && !one.undone) : null;
  }

  #goTo(one) {
    this.renderRoot.querySelector(`#merge-${one.id}`).focus();
    this.asking = one.id;
    this.fault = null;
  }

  #refused(one) {
    if (this.fault?.of !== one.id) return nothing;
    const first = this.#first(this.fault.error);
    return html`<div class="notice bad wide" role="alert"><span>${sentenceOf(this.fault.error)}</span>
      ${first && first.id !== one.id
        ? html`<div><button class="button" @click=${() => this.#goTo(first)}>${t("To merge {id}", { id: first.id })}</button></div>`
        : nothing}</div>`;
  }

  #way(one) {
    if (one.undone) return html`<span class="badge">${t("taken back")}</span>`;
    if (!MERGING.includes(this.session.role)) return nothing;
    if (this.asking !== one.id)
      return html`<button class="button" aria-label=${t("Take apart: merge {id}", { id: one.id })} @click=${() => (this.asking = one.id)}>${t("Take apart")}</button>`;
    return html`<span class="row">
      <button class="button" ?disabled=${this.busy} @click=${() => this.#undo(one)}>${t("Yes, two records again")}</button>
      <button class="button plain" @click=${() => (this.asking = this.fault = null)}>${t("Leave it merged")}</button></span>`;
  }

  #row(one) {
    const moved = countedWords(one.moved);
    const aside = countedWords(one.set_aside);
    return html`<li id="merge-${one.id}" tabindex="-1">
      <div><span class="muted number">${t("Merge {id}", { id: one.id })}</span>
        <b>${one.loser}</b> <span class="muted number">${one.loser_id}</span> → <b>${one.winner}</b> <span class="muted number">${one.winner_id}</span>
        <small>${at(one.at)} · ${one.by}${one.reason ? ` · ${one.reason}` : ""}</small>
        ${moved ? html`<small>${t("Moved: {what}", { what: moved })}</small>` : nothing}
        ${aside ? html`<small>${t("Kept aside: {what}", { what: aside })}</small>` : nothing}
        ${one.undone ? html`<small>${t("Taken back {time} by {who}", { time: at(one.undone), who: one.undone_by })}</small>` : nothing}
      </div>
      <div>${this.#way(one)}</div>
      ${this.#refused(one)}
    </li>`;
  }

  render() {
    if (!this.merges.length) return html`<p class="empty">${t("Nothing has been merged yet.")}</p>`;
    return html`<ul>${repeat(this.merges, ({ id }) => id, (one) => this.#row(one))}</ul>`;
  }
}

customElements.define("rw-merges", RwMerges);
