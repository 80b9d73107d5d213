/* Log-in. Hands the session up; keeps nothing. */

import { logIn } from "../api.js";
import { RwElement, css, html, nothing } from "../element.js";
import { shared } from "../styles.js";
import { currentLanguage, t, chooseLanguage } from "../texts.js";

export class RwLogin extends RwElement {
  static properties = { failure: { state: true }, busy: { state: true } };

  static styles = [
    shared,
    css`
      :host {
        display: grid;
        min-height: 100vh;
        padding: 1.5rem;
        place-items: center;
      }

      main {
        width: 100%;
        max-width: 22rem;
      }

      form {
        display: grid;
        gap: 1rem;
        padding: 2rem;
      }

      .mark {
        display: flex;
        align-items: center;
        gap: 0.7rem;
        font-size: 1.375rem;
        font-weight: 700;
      }

      .mark img {
        width: 2.25rem;
        height: 2.25rem;
      }

      p {
        color: var(--muted);
        font-size: var(--text);
      }

      label {
        display: grid;
        gap: 0.3rem;
        font-size: var(--text-small);
        font-weight: 600;
      }

      .field {
        min-height: 2.6rem;
        font-size: 1rem;
        font-weight: 400;
      }

      .button.main {
        min-height: 2.7rem;
      }

      .foot {
        display: flex;
        justify-content: flex-end;
      }
    `,
  ];

  async #submit(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    this.busy = true;
    this.failure = "";
    try {
      this.emit("logged-in", { session: await logIn(form.get("login").trim(), form.get("password")) });
    } catch (error) {
      this.failure =
        error.status === 0
          ? t("The server cannot be reached. Try again in a moment.")
          : error.status === 401
            ? t("Log-in or password is not right.")
            : error.message || t("That did not work. Try again.");
    } finally {
      this.busy = false;
    }
  }

  render() {
    const other = currentLanguage() === "en" ? "zh-Hant" : "en";
    return html`
      <main><form class="panel" @submit=${this.#submit}>
        <h1 class="mark"><img src="/static/icons/ringward.svg" alt="">Ringward</h1>
        <p>${t("Whoever answers already knows the caller.")}</p>
        <label>${t("Log-in")}<input class="field" name="login" autocomplete="username" autocapitalize="none" required autofocus></label>
        <label>${t("Password")}<input class="field" name="password" type="password" autocomplete="current-password" required></label>
        ${this.failure ? html`<div class="error" role="alert">${this.failure}</div>` : nothing}
        <button class="button main" ?disabled=${this.busy}>${t("Log in")}</button>
        <div class="foot">
          <button type="button" class="button plain" lang=${other} @click=${() => chooseLanguage(other)}>${other === "en" ? "English" : "中文"}</button>
        </div>
      </form></main>
    `;
  }
}

customElements.define("rw-login", RwLogin);
