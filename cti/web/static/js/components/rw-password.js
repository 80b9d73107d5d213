/* One's own password, changed beneath one's name. Takes nothing from the page; keeps neither password. */

import { changePassword } from "../api.js";
import { RwElement, css, focused, html, nothing } from "../element.js";
import { icon } from "../icons.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

const SHORTEST = 8;

export class RwPassword extends RwElement {
  static properties = { login: {}, fault: { state: true }, busy: { state: true }, done: { state: true } };

  static styles = [
    shared,
    css`
      :host {
        position: absolute;
        z-index: 25;
        inset-block-start: 3.6rem;
        inset-inline-start: 0.75rem;
        width: min(22rem, calc(100vw - 1.5rem));
      }

      /* No wider than the column beneath: the caller's name stays in sight. */
      @media (min-width: 60rem) {
        :host {
          width: 15rem;
        }
      }

      form {
        display: grid;
        gap: 0.75rem;
        padding: 0.75rem 1rem 1rem;
        border-color: var(--line-strong);
        box-shadow: 0 12px 48px rgb(0 0 0 / 28%);
      }

      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }

      h2 {
        font-size: var(--text-large);
      }

      label {
        display: grid;
        gap: 0.25rem;
        font-size: var(--text-small);
        font-weight: 600;
      }

      .field {
        font-weight: 400;
      }

      p {
        color: var(--muted);
        font-size: var(--text-small);
      }
    `,
  ];

  firstUpdated() {
    this.before = focused();
    this.#field("present").focus();
  }

  #field(name) {
    return this.renderRoot.querySelector(`[name=${name}]`);
  }

  #close() {
    this.emit("close");
    if (this.before?.isConnected) this.before.focus?.();
  }

  async #submit(event) {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    if (given.password !== given.again) return this.#refuse(t("The two are not the same."), "again");
    this.busy = true;
    this.fault = null;
    try {
      await changePassword(given.present, given.password);
      this.done = true;
      await this.updateComplete;
      this.renderRoot.querySelector(".close").focus();
    } catch (error) {
      const said = error.status === 0 ? t("The server cannot be reached. Try again in a moment.") : error.message;
      this.#refuse(said || t("That did not work. Try again."), error.told?.field);
    } finally {
      this.busy = false;
    }
  }

  #refuse(text, name) {
    this.fault = { text, name };
    this.#field(name ?? "present")?.focus();
  }

  #ask(name, text, kind) {
    const wrong = this.fault?.name === name;
    return html`<label>${text}
      <input class="field" type="password" name=${name} autocomplete=${kind} maxlength="1000" required
        minlength=${kind === "new-password" ? SHORTEST : nothing} aria-invalid=${wrong ? "true" : "false"} aria-describedby=${wrong ? "fault" : nothing}></label>`;
  }

  #form() {
    return html`<input class="sr" type="text" name="login" autocomplete="username" .value=${this.login} tabindex="-1" aria-hidden="true" readonly>
      ${this.#ask("present", t("Present password"), "current-password")}
      ${this.#ask("password", t("New password"), "new-password")}
      ${this.#ask("again", t("New password once more"), "new-password")}
      ${this.fault ? html`<div class="error" id="fault" role="alert">${this.fault.text}</div>` : nothing}
      <p>${t("At least 8 characters.")} ${t("Wherever else you are logged in, you are logged out.")}</p>
      <button class="button main" ?disabled=${this.busy}>${t("Change the password")}</button>`;
  }

  render() {
    return html`<form class="panel" role="dialog" aria-label=${t("Change my password")} @submit=${this.#submit}
      @keydown=${(event) => event.key === "Escape" && !composing(event) && this.#close()}>
      <div class="head"><h2>${t("Change my password")}</h2>
        <button type="button" class="button plain close" aria-label=${t("Close")} @click=${this.#close}>${icon("close")}</button></div>
      ${this.done ? html`<div role="status">${t("Your new password is set.")}</div>` : this.#form()}
    </form>`;
  }
}

customElements.define("rw-password", RwPassword);
