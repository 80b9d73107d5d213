/* A caller nobody knows, or who withholds the number: a prospect in one click, or tie the call to who it turns out to be. */

import { RwElement, css, html, nothing } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import "./rw-search.js";

export class RwUnknown extends RwElement {
  static properties = { call: { attribute: false }, desk: { attribute: false }, failure: { state: true }, busy: { state: true } };

  static styles = [
    shared,
    css`
      section {
        display: grid;
        gap: 1.1rem;
        padding: 1.1rem;
      }

      h2 {
        margin-bottom: 0.15rem;
        font-size: var(--text-large);
      }

      form {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        margin-top: 0.6rem;
      }

      .field {
        flex: 1 1 12rem;
        width: auto;
        min-height: 2.6rem;
      }

      .button.main {
        min-height: 2.6rem;
      }

      .or {
        display: grid;
        gap: 0.4rem;
        max-width: 30rem;
      }

      p {
        font-size: var(--text);
      }
    `,
  ];

  async #add(event) {
    event.preventDefault();
    const name = new FormData(event.target).get("name").trim();
    await this.#try(() => this.desk.addProspect(this.call, name || this.#placeholder()));
  }

  #placeholder() {
    return this.call.caller.name || t("New prospect");
  }

  async #try(act) {
    this.busy = true;
    this.failure = "";
    try {
      await act();
    } catch (error) {
      this.failure = error.message || t("That did not work. Try again.");
    } finally {
      this.busy = false;
    }
  }

  render() {
    const { withheld } = this.call.caller;
    const { disputed } = this.call;
    if (this.call.matches.length && !disputed) return html`<section class="panel muted" role="status">${t("The card is on its way…")}</section>`;
    return html`<section class="panel">
      <div>
        <h2>${disputed ? t("Someone else is calling") : withheld ? t("The caller hides the number") : t("This number is not on file")}</h2>
        <p class="muted">${withheld ? t("Ask for a name and a number to call back.") : t("Ask how we may address the caller; the number is kept.")}</p>
        <form @submit=${this.#add}>
          <input class="field" name="name" maxlength="200" autocomplete="off" aria-label=${t("Name (optional)")} placeholder=${t("Name (optional)")}>
          <button class="button main" ?disabled=${this.busy}>${icon("plus")}${t("New prospect")}</button>
        </form>
      </div>
      <div class="or">
        <span class="heading">${t("Or a customer we know, on another number")}</span>
        <rw-search .desk=${this.desk} label=${t("Or a customer we know, on another number")} @pick=${(event) => {
          event.stopPropagation();
          this.#try(() => this.desk.tie(this.call, event.detail.customer));
        }}></rw-search>
      </div>
      ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
    </section>`;
  }
}

customElements.define("rw-unknown", RwUnknown);
