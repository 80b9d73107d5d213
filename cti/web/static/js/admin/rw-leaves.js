/* A person's absences, and a new one. Each takes effect when it is entered. */

import { RwElement, css, html, nothing } from "../element.js";
import { clockTime, day } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { addLeave, removeLeave } from "./api.js";
import { sheet } from "./sheet.js";
import { field, sentenceOf } from "./view.js";

export class RwLeaves extends RwElement {
  static properties = {
    session: { attribute: false },
    person: { attribute: false },
    people: { attribute: false },
    fault: { state: true },
  };

  static styles = [
    shared,
    sheet,
    css`
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.75rem;
        min-height: 2.25rem;
      }
    `,
  ];

  async #add(event) {
    event.preventDefault();
    const form = event.target;
    const given = Object.fromEntries(new FormData(form));
    this.fault = null;
    try {
      await addLeave(this.person.code, { starts: given.starts, ends: given.ends, deputy: given.stand_in || null });
      form.reset();
      this.emit("changed");
    } catch (error) {
      this.fault = error;
    }
  }

  async #remove(leave) {
    this.fault = null;
    try {
      await removeLeave(leave.id, leave.version);
      this.emit("changed");
    } catch (error) {
      this.fault = error;
    }
  }

  #name(code) {
    const found = this.people.find((one) => one.code === code);
    return found ? found.nickname || found.name : code;
  }

  render() {
    const may = ["manager", "admin"].includes(this.session.role);
    const when = (at) => `${day(at)} ${clockTime(at)}`;
    const others = this.people.filter((one) => one.active && one.code !== this.person.code);
    return html`<div class="stack">
      ${this.person.leaves.length
        ? html`<ul>
            ${this.person.leaves.map(
              (one) => html`<li><span class="number">${when(one.starts)} – ${when(one.ends)}</span>
                ${one.deputy ? html`<span class="muted">→ ${this.#name(one.deputy)}</span>` : nothing}
                ${may ? html`<button type="button" class="button plain" @click=${() => this.#remove(one)}>${t("Take back")}</button>` : nothing}</li>`,
            )}
          </ul>`
        : html`<p class="hint">${t("No absence is noted.")}</p>`}
      ${may
        ? html`<form @submit=${this.#add}>
            ${field({ name: "starts", label: t("Away from"), control: html`<input class="field" id="starts" name="starts" type="datetime-local" required>` })}
            ${field({ name: "ends", label: t("Back at"), fault: this.fault?.told?.field === "ends" ? this.fault.message : "", control: html`<input class="field" id="ends" name="ends" type="datetime-local" required>` })}
            ${field({
              name: "stand_in",
              label: t("Who stands in"),
              control: html`<select class="field" id="stand_in" name="stand_in"><option value="">${t("the usual deputy")}</option>
                ${others.map((one) => html`<option value=${one.code}>${one.nickname || one.name} ${one.code}</option>`)}</select>`,
            })}
            <div class="wide"><button class="button">${t("Note this absence")}</button></div>
          </form>`
        : nothing}
      ${this.fault && this.fault.told?.field !== "ends" ? html`<div class="notice bad" role="alert">${sentenceOf(this.fault)}</div>` : nothing}
    </div>`;
  }
}

customElements.define("rw-leaves", RwLeaves);
