/* Somebody leaves the firm: who follows, what would pass to them, whoever needs another deputy, and the passing on. */

import { css, html, nothing } from "../element.js";
import { listed, phoneNumber } from "../formats.js";
import { t } from "../texts.js";
import { passOn } from "./api.js";
import { View, sentenceOf } from "./view.js";

export class RwLeaver extends View {
  static properties = {
    person: { attribute: false },
    people: { attribute: false },
    to: { state: true },
    deputies: { state: true },
    foreseen: { state: true },
    done: { state: true },
    typed: { state: true },
    fault: { state: true },
    busy: { state: true },
  };

  static styles = [
    View.styles,
    css`
      dl {
        display: grid;
        gap: 0.2rem 1rem;
        grid-template-columns: auto minmax(0, 1fr);
        font-size: var(--text);
      }

      dt {
        color: var(--muted);
      }

      dd {
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.to = "";
    this.deputies = {};
    this.typed = "";
  }

  async read() {}

  #name(code) {
    const one = this.people.find((other) => other.code === code);
    return one ? `${one.nickname || one.name} ${code}` : code;
  }

  async #ask(really) {
    this.busy = true;
    this.fault = null;
    try {
      const answer = await passOn(this.person.code, { to: this.to, deputies: this.deputies, dry_run: !really });
      if (really) {
        this.done = answer;
        this.emit("changed", {});
      } else {
        this.foreseen = answer;
      }
    } catch (error) {
      this.fault = error;
    } finally {
      this.busy = false;
    }
  }

  #choose(to) {
    [this.to, this.deputies, this.foreseen, this.fault, this.typed] = [to, {}, null, null, ""];
    if (to) this.#ask(false);
  }

  #deputy(code, deputy) {
    this.deputies = { ...this.deputies, [code]: deputy };
    this.#ask(false);
  }

  #held(found) {
    const rows = [
      [t("Customers"), found.customers],
      [t("Open matters"), found.matters],
      [t("Promises to call back"), found.promises.length],
      [t("Customers who want them as deputy"), found.stands_in],
      [t("Absences covered"), found.leaves],
      [t("Turns of the rota"), found.turns],
      [t("Groups"), listed(found.groups)],
      [t("Direct numbers"), listed(found.numbers.map(phoneNumber))],
      [t("Log-ins closed"), listed(found.logins)],
      [t("Sessions ended"), found.sessions],
      [t("Mentors' times ended"), found.mentors],
      [t("Ways to their mobile forgotten"), found.ways],
    ];
    return html`<dl>${rows.map(([what, value]) => html`<dt>${what}</dt><dd>${value === 0 || value === "" ? "–" : value}</dd>`)}</dl>`;
  }

  #deputies() {
    const codes = Object.keys(this.foreseen?.deputies ?? {});
    if (!codes.length) return nothing;
    const others = this.people.filter((one) => one.active && one.code !== this.person.code);
    return html`<div class="one" role="group" aria-label=${t("Deputy from now on")}>
      <span class="label">${t("Deputy from now on")}</span>
      ${codes.map((code) => html`<label class="row"><span>${this.#name(code)} →</span>
        <select class="field" @change=${({ target }) => this.#deputy(code, target.value)}>
          ${others.filter((one) => one.code !== code).map((one) => html`<option value=${one.code} ?selected=${one.code === this.foreseen.deputies[code]}>${this.#name(one.code)}</option>`)}
        </select></label>`)}
    </div>`;
  }

  show() {
    if (!this.mayChange) return nothing;
    const others = this.people.filter((one) => one.active && one.code !== this.person.code);
    const { code, name } = this.person;
    if (this.done)
      return html`<div class="notice good" role="status"><b>${t("{leaver} has left; {successor} follows.", { leaver: name, successor: this.#name(this.done.successor) })}</b>${this.#held(this.done)}</div>`;
    return html`
      <p class="hint">${t("Everything they hold passes to who follows, all or nothing; their log-ins and open pages end at once.")}</p>
      <div class="one"><label for="follower">${t("Who follows")}</label>
        <select class="field" id="follower" .value=${this.to} @change=${({ target }) => this.#choose(target.value)}>
          <option value="">${t("nobody chosen")}</option>
          ${others.map((one) => html`<option value=${one.code}>${this.#name(one.code)}</option>`)}
        </select></div>
      ${this.fault ? html`<p class="notice bad" role="alert">${sentenceOf(this.fault)}</p>` : nothing}
      ${this.foreseen ? html`<div class="notice"><b>${t("This would pass to {successor}:", { successor: this.#name(this.to) })}</b>${this.#held(this.foreseen)}</div>` : nothing}
      ${this.#deputies()}
      ${this.foreseen
        ? html`<div class="one"><label for="leaver-code">${t("Type {code} to confirm that {name} leaves for good", { code, name })}</label>
            <input class="field" id="leaver-code" autocomplete="off" .value=${this.typed} @input=${({ target }) => (this.typed = target.value)}></div>
            <div><button class="button main" ?disabled=${this.typed !== code || this.busy} @click=${() => this.#ask(true)}>${t("Pass everything on")}</button></div>`
        : nothing}
    `;
  }
}

customElements.define("rw-leaver", RwLeaver);
