/* The bar on top: who I am, whether I can be rung, the search, the language, and whether the line to the server stands. */

import { RwElement, css, html, live, nothing } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { currentLanguage, t, chooseLanguage } from "../texts.js";
import { label, presenceWord } from "../words.js";
import "./rw-search.js";

const SETTABLE = ["available", "away", "dnd"];

export class RwHeader extends RwElement {
  static properties = {
    desk: { attribute: false },
    state: { attribute: false },
    connection: { attribute: false },
    presence: { attribute: false },
    failure: { state: true },
  };

  static styles = [
    shared,
    css`
      :host {
        display: block;
        border-bottom: 1px solid var(--line);
        background: var(--surface);
      }

      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        max-width: 110rem;
        min-height: 3.5rem;
        margin: 0 auto;
        padding: 0.5rem 1rem;
      }

      .me {
        display: flex;
        align-items: center;
        gap: 0.6rem;
        min-width: 0;
      }

      .me img {
        width: 1.9rem;
        height: 1.9rem;
      }

      .me b {
        font-size: 1rem;
      }

      .me span {
        font-size: var(--text-small);
      }

      fieldset {
        display: flex;
        margin: 0;
        padding: 2px;
        border: 0;
        border-radius: 8px;
        background: var(--quiet-soft);
      }

      label {
        position: relative;
        border-radius: var(--radius-small);
        color: var(--muted);
        font-size: var(--text-small);
        font-weight: 600;
        cursor: pointer;
      }

      label span {
        display: flex;
        align-items: center;
        gap: 0.4em;
        min-height: 1.9rem;
        padding: 0 0.7rem;
        white-space: nowrap;
      }

      label input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }

      label:has(:checked) {
        background: var(--surface);
        box-shadow: 0 0 0 1px var(--line-strong);
        color: var(--ink);
      }

      label:has(:focus-visible) {
        outline: 2px solid var(--brand);
        outline-offset: 1px;
      }

      i {
        width: 0.55rem;
        height: 0.55rem;
        border-radius: 50%;
        background: var(--line-strong);
      }

      .available :checked + span i {
        background: var(--talk);
      }

      .away :checked + span i {
        background: var(--ring);
      }

      .dnd :checked + span i {
        background: var(--alarm);
      }

      rw-search {
        flex: 1 1 14rem;
        max-width: 24rem;
        margin-inline-start: auto;
      }

      .line {
        display: inline-flex;
        align-items: center;
        gap: 0.4em;
        color: var(--muted);
        font-size: var(--text-small);
        white-space: nowrap;
      }

      .line.open i {
        background: var(--talk);
      }

      .line.lost i,
      .line.connecting i {
        background: var(--ring);
      }

      .end {
        display: flex;
        align-items: center;
        gap: 0.35rem;
      }

      @media (max-width: 48rem) {
        header {
          gap: 0.5rem;
          padding: 0.5rem 0.75rem;
        }

        .end {
          margin-inline-start: auto;
        }

        fieldset {
          order: 3;
          flex: 1 0 100%;
        }

        fieldset label {
          flex: 1;
        }

        label span {
          justify-content: center;
          min-height: 2.25rem;
        }

        rw-search {
          order: 4;
          flex-basis: 100%;
          max-width: none;
        }

        :host([busy]) rw-search {
          display: none;
        }
      }
    `,
  ];

  async #set(presence) {
    this.failure = "";
    try {
      await this.desk.setPresence(presence);
    } catch (error) {
      this.failure = error.message || t("That did not work. Try again.");
      this.requestUpdate();
    }
  }

  #line() {
    const words = { open: () => t("Connected"), connecting: () => t("Connecting…"), lost: () => t("Reconnecting…") };
    return html`<span class="line ${this.connection}"><i></i>${words[this.connection]()}</span>`;
  }

  render() {
    const other = currentLanguage() === "en" ? "zh-Hant" : "en";
    const { agent, name } = this.state;
    return html`
      <header>
        <div class="me">
          <img src="/static/icons/ringward.svg" alt="Ringward">
          <div><b>${agent ? this.desk.agentName(agent) : name || this.desk.session.login}</b>
            ${agent ? html`<span class="muted number">${agent}</span>` : nothing}</div>
        </div>
        ${agent
          ? html`<fieldset>
              <legend class="sr">${t("My presence")}</legend>
              ${SETTABLE.map(
                (code) => html`<label class=${code}>
                  <input type="radio" name="presence" value=${code} .checked=${live(this.presence === code)} @change=${() => this.#set(code)}>
                  <span><i></i>${label(presenceWord(code))}</span>
                </label>`,
              )}
            </fieldset>`
          : nothing}
        ${this.failure ? html`<span class="error" role="alert">${this.failure}</span>` : nothing}
        <rw-search .desk=${this.desk} @pick=${({ detail }) => this.emit("look", { customer: detail.customer })}></rw-search>
        <div class="end">
          ${this.#line()}
          <button class="button plain" lang=${other} @click=${() => chooseLanguage(other)}>${other === "en" ? "EN" : "中文"}</button>
          <button class="button plain" @click=${() => this.emit("log-out")} aria-label=${t("Log out")} title=${t("Log out")}>${icon("leave")}</button>
        </div>
      </header>
    `;
  }
}

customElements.define("rw-header", RwHeader);
