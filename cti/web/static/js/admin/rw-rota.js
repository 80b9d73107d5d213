/* Whose turn it is while closed: the turns there are, and a new one. Each takes effect when it is entered. */

import { RwElement, html, nothing } from "../element.js";
import { clockTime, day } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { addDuty, removeThing } from "./api.js";
import { sheet } from "./sheet.js";
import { field, sentenceOf } from "./view.js";

export class RwRota extends RwElement {
  static properties = {
    session: { attribute: false },
    routing: { attribute: false },
    people: { attribute: false },
    fault: { state: true },
  };

  static styles = [shared, sheet];

  async #do(work) {
    this.fault = null;
    try {
      await work();
      this.emit("changed");
    } catch (error) {
      this.fault = error;
    }
  }

  #add(event) {
    event.preventDefault();
    const form = event.target;
    const { group, agent, starts, ends } = Object.fromEntries(new FormData(form));
    this.#do(async () => {
      await addDuty({ group, agent, starts, ends });
      form.reset();
    });
  }

  #turn(one, may) {
    const person = this.people.find((other) => other.code === one.state.agent_code);
    const group = this.routing.groups.find((other) => other.key === one.state.group_code);
    const when = (at) => `${day(at)} ${clockTime(at)}`;
    return html`<tr><td class="number">${when(one.state.starts)} – ${when(one.state.ends)}</td>
      <td>${person ? person.nickname || person.name : one.state.agent_code}</td><td class="muted">${group?.state.name ?? one.state.group_code}</td>
      <td>${may ? html`<button type="button" class="button plain" @click=${() => this.#do(() => removeThing("duties", one.key, one.version))}>${t("Take back")}</button>` : nothing}</td></tr>`;
  }

  render() {
    const may = ["manager", "admin"].includes(this.session.role);
    const ahead = this.routing.duties.filter((one) => new Date(one.state.ends) > new Date()).sort((one, other) => one.state.starts.localeCompare(other.state.starts));
    const closed = new Set(this.routing.services.map((one) => one.state.closed_group).filter(Boolean));
    const groups = [...this.routing.groups].sort((one, other) => closed.has(other.key) - closed.has(one.key));
    return html`<section class="panel stack">
      <h2>${t("Rota while closed")}</h2>
      ${ahead.length
        ? html`<div class="scroll" tabindex="0" role="region" aria-label=${t("Rota while closed")}><table><thead><tr><th>${t("When")}</th><th>${t("Whose turn")}</th><th>${t("Group")}</th><th><span class="sr">${t("Take back")}</span></th></tr></thead><tbody>${ahead.map((one) => this.#turn(one, may))}</tbody></table></div>`
        : html`<p class="hint">${t("Nobody is on duty: while closed the whole group rings.")}</p>`}
      ${may && groups.length
        ? html`<form @submit=${this.#add}>
            ${field({ name: "group", label: t("Group"), control: html`<select class="field" id="group" name="group">${groups.map((one) => html`<option value=${one.key}>${one.state.name}</option>`)}</select>` })}
            ${field({ name: "agent", label: t("Whose turn"), control: html`<select class="field" id="agent" name="agent">${this.people.filter((one) => one.active).map((one) => html`<option value=${one.code}>${one.nickname || one.name} ${one.code}</option>`)}</select>` })}
            ${field({ name: "starts", label: t("Starts"), control: html`<input class="field" id="starts" name="starts" type="datetime-local" required>` })}
            ${field({ name: "ends", label: t("Ends"), fault: this.fault?.told?.field === "ends" ? this.fault.message : "", control: html`<input class="field" id="ends" name="ends" type="datetime-local" required>` })}
            <div class="wide"><button class="button">${t("Enter this turn")}</button></div>
          </form>`
        : nothing}
      ${this.fault && this.fault.told?.field !== "ends" ? html`<div class="notice bad" role="alert">${sentenceOf(this.fault)}</div>` : nothing}
    </section>`;
  }
}

customElements.define("rw-rota", RwRota);
