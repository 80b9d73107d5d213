/* One log-in: its role, open or closed, a new password; or a new one. Each change takes effect when it is made. */

import { RwElement, css, html, nothing } from "../element.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { addLogin, setLogin, setPassword } from "./api.js";
import { sheet } from "./sheet.js";
import { field, sentenceOf } from "./view.js";
import { ROLE_CODES, fieldWord, roleWord, valueWord } from "./words.js";

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"; // without those that people misread

/** Twelve characters in three groups, easily dictated: about 59 bits. */
function suggested() {
  const random = crypto.getRandomValues(new Uint32Array(12));
  const letters = [...random].map((one) => LETTERS[one % LETTERS.length]).join("");
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}

export class RwLoginForm extends RwElement {
  static properties = {
    session: { attribute: false },
    account: { attribute: false },
    agent: {},
    people: { attribute: false },
    fault: { state: true },
    password: { state: true },
    said: { state: true },
  };

  static styles = [
    shared,
    sheet,
    css`
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 0.75rem;
      }

      .line b {
        min-width: 6rem;
      }

      .line .field {
        width: auto;
      }

      input.password {
        width: 13rem;
        font-family: ui-monospace, monospace;
      }
    `,
  ];

  async #do(work, said) {
    this.fault = null;
    this.said = "";
    try {
      await work();
      this.said = said;
      this.emit("changed");
    } catch (error) {
      this.fault = error;
      this.requestUpdate();
    }
  }

  #change(change, said) {
    return this.#do(async () => {
      const { version } = await setLogin(this.account.login, { ...change, version: this.account.version });
      // The next change may come before the list is read again: it starts from this one.
      this.account = { ...this.account, ...change, version };
    }, said);
  }

  #give(event) {
    event.preventDefault();
    const password = this.password;
    return this.#do(async () => {
      const { version } = await setPassword(this.account.login, { password, version: this.account.version });
      this.account = { ...this.account, version };
      this.password = undefined;
    }, t("The new password is set; every session of it has ended."));
  }

  #add(event) {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    const agent = this.agent ?? given.agent;
    return this.#do(
      () => addLogin({ login: given.login, password: given.password, role: given.role, agent: agent || null }),
      t("The log-in is made."),
    );
  }

  #refusal() {
    const error = this.fault;
    if (!error) return nothing;
    const changes = (error.told?.changes ?? []).map((one) => `${fieldWord(one.field)}: ${valueWord(one.before)} → ${valueWord(one.after)}`);
    return html`<div class="notice bad" role="alert">${sentenceOf(error)} ${changes.join("; ")}
      ${error.code === "stale" ? html`<div><button type="button" class="button" @click=${() => this.emit("changed")}>${t("Look again")}</button></div>` : nothing}</div>`;
  }

  #roles(chosen) {
    const mine = this.session.role === "admin";
    return ROLE_CODES.filter((one) => one !== "admin" || mine || one === chosen).map(
      (one) => html`<option value=${one} ?selected=${one === chosen}>${roleWord(one)}</option>`,
    );
  }

  #new() {
    return html`<form @submit=${this.#add}>
      ${field({ name: "login", label: t("Log-in"), control: html`<input class="field" id="login" name="login" autocapitalize="none" autocomplete="off" maxlength="100" required>` })}
      ${field({
        name: "password",
        label: t("First password"),
        hint: t("At least 8 characters."),
        fault: this.fault?.told?.field === "password" ? this.fault.message : "",
        control: html`<input class="field" id="password" name="password" autocomplete="new-password" maxlength="1000" required .value=${this.password ?? ""}>`,
      })}
      ${field({ name: "role", label: t("Role"), control: html`<select class="field" id="role" name="role">${this.#roles("agent")}</select>` })}
      ${this.agent === undefined && this.people
        ? field({
            name: "agent",
            label: t("Person"),
            control: html`<select class="field" id="agent" name="agent"><option value="">${t("nobody")}</option>
              ${this.people.map((one) => html`<option value=${one.code}>${one.nickname || one.name} ${one.code}</option>`)}</select>`,
          })
        : nothing}
      <div class="wide row">
        <button class="button main">${t("Make the log-in")}</button>
        <button type="button" class="button" @click=${() => (this.password = suggested())}>${t("Suggest a password")}</button>
      </div>
    </form>`;
  }

  #known() {
    const { login, role, active } = this.account;
    const may = ["manager", "admin"].includes(this.session.role) && (role !== "admin" || this.session.role === "admin");
    return html`<div class="line">
      <b>${login}</b>
      <label class="sr" for="role">${t("Role of {login}", { login })}</label>
      <select class="field" id="role" ?disabled=${!may} @change=${({ target }) => this.#change({ role: target.value }, t("The role is changed."))}>${this.#roles(role)}</select>
      ${active ? nothing : html`<span class="badge open">${t("out of use")}</span>`}
      ${may
        ? html`<button type="button" class="button" aria-expanded=${this.password !== undefined} @click=${() => (this.password = this.password === undefined ? suggested() : undefined)}>${t("New password")}</button>
            <button type="button" class="button" @click=${() => this.#change({ active: !active }, active ? t("The log-in is closed.") : t("The log-in is open."))}>${active ? t("Close the log-in") : t("Open the log-in")}</button>`
        : nothing}
    </div>
    ${this.password === undefined
      ? nothing
      : html`<form class="line" @submit=${this.#give}>
          <label class="sr" for="new">${t("New password of {login}", { login })}</label>
          <input class="field password" id="new" autocomplete="new-password" required maxlength="1000" .value=${this.password} @input=${({ target }) => (this.password = target.value)}>
          <button class="button main">${t("Set it")}</button>
          <span class="hint">${t("Note it down now: it is shown only here.")}</span>
        </form>`}`;
  }

  render() {
    return html`<div class="stack">
      ${this.account ? this.#known() : this.#new()}
      ${this.said ? html`<span class="hint" role="status">${this.said}</span>` : nothing}
      ${this.fault && (this.account || this.fault.told?.field !== "password") ? this.#refusal() : nothing}
    </div>`;
  }
}

customElements.define("rw-login-form", RwLoginForm);
