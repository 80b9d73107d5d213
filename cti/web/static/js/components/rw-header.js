/* The bar on top: who I am, whether I can be rung, the search, the language, and whether the line to the server stands. */

import { RwElement, css, html, live, nothing } from "../element.js";
import { dueTime } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { currentLanguage, t, chooseLanguage } from "../texts.js";
import { AWAY_REASONS, awayWord, label, presenceWord } from "../words.js";
import "./rw-password.js";
import "./rw-search.js";

const SETTABLE = ["available", "away", "dnd"];
const BREAKS = [15, 30, 60]; // minutes: a coffee, a meal, a meeting

export class RwHeader extends RwElement {
  static properties = {
    desk: { attribute: false },
    state: { attribute: false },
    connection: { attribute: false },
    presence: { attribute: false },
    notices: { attribute: false },
    sound: { attribute: false },
    failure: { state: true },
    changing: { type: Boolean }, // the password
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

      .me .button {
        min-width: 0;
        padding-inline: 0.4rem;
        gap: 0.4rem;
        color: var(--ink);
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

      .reason {
        display: flex;
        gap: 0.35rem;
      }

      .reason .field {
        width: 7.5rem;
        min-height: 2rem;
        padding: 0.1rem 0.5rem;
        font-size: var(--text-small);
      }

      .reason select.field {
        width: auto;
      }

      kbd {
        position: absolute;
        inset-block-start: 0.5rem;
        inset-inline-end: 0.6rem;
        padding: 0 0.4rem;
        border: 1px solid var(--line);
        border-radius: 4px;
        color: var(--muted);
        font: inherit;
        font-size: var(--text-small);
        pointer-events: none;
      }

      .find {
        position: relative;
        flex: 1 1 14rem;
        max-width: 24rem;
        margin-inline-start: auto;
      }

      .find:focus-within kbd {
        display: none;
      }

      .tool[aria-pressed="true"] {
        color: var(--brand);
      }

      .end {
        display: flex;
        align-items: center;
        gap: 0.1rem;
      }

      .end .line {
        margin-inline-end: 0.4rem;
      }

      .end .button {
        min-width: 2rem;
      }

      @media (max-width: 48rem) {
        header {
          gap: 0.5rem;
          padding: 0.5rem 0.75rem;
        }

        .end {
          gap: 0;
          margin-inline-start: auto;
        }

        .end .button {
          padding-inline: 0.3rem;
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

        .reason {
          order: 3;
          flex: 1 0 100%;
        }

        .reason .field {
          flex: 1;
          min-height: 2.25rem;
        }

        .find {
          order: 4;
          flex-basis: 100%;
          max-width: none;
        }

        .find kbd,
        .line span {
          display: none;
        }

        :host([busy]) .find {
          display: none;
        }
      }
    `,
  ];

  /** The search field, for who wants to type into it. */
  get search() {
    return this.renderRoot.querySelector("rw-search");
  }

  async #set(presence, reason, until) {
    this.failure = "";
    try {
      await this.desk.setPresence(presence, reason, until);
    } catch (error) {
      this.failure = error.message || t("That did not work. Try again.");
      this.requestUpdate();
    }
  }

  /* Why and how long one is away: the usual reasons by name, any other as it is typed. */
  #reason() {
    const { reason, until } = this.mine ?? {};
    const say = (change) => {
      const said = this.renderRoot.querySelector(".reason input").value.trim();
      const code = AWAY_REASONS.find((one) => label(awayWord(one)) === said) ?? said;
      const minutes = Number(this.renderRoot.querySelector(".reason select").value);
      const end = minutes ? new Date(Date.now() + this.state.skew + minutes * 60_000).toISOString() : undefined;
      this.#set("away", code || undefined, change === "reason" && until ? until : end);
    };
    return html`<div class="reason">
      <input class="field" list="reasons" maxlength="100" autocomplete="off" aria-label=${t("Reason")} placeholder=${t("Reason")}
        .value=${live(reason ? label(awayWord(reason)) : "")} @change=${() => say("reason")}>
      <datalist id="reasons">${AWAY_REASONS.map((one) => html`<option value=${label(awayWord(one))}></option>`)}</datalist>
      <select class="field" aria-label=${t("Back in")} @change=${() => say("until")}>
        <option value="0" ?selected=${!until}>${t("open end")}</option>
        ${until ? html`<option value="0" selected disabled>${t("back at {time}", { time: dueTime(until) })}</option>` : nothing}
        ${BREAKS.map((minutes) => html`<option value=${minutes}>${t("{n} min", { n: minutes })}</option>`)}
      </select></div>`;
  }

  #attention() {
    const { notices, sound } = this;
    const { attention } = this.desk;
    const told = {
      on: () => t("Notifications are on"),
      off: () => t("Turn notifications on"),
      denied: () => t("Notifications are blocked in the browser's settings for this page"),
      unsupported: () => t("Notifications need a secure (https) address"),
    }[notices]();
    const heard = sound ? t("Sound is on") : t("Turn the sound on");
    return html`
      <button class="button plain tool" aria-label=${told} title=${told} aria-pressed=${notices === "on" ? "true" : "false"}
        ?disabled=${notices === "denied" || notices === "unsupported"} @click=${() => attention.switchNotices(notices === "off")}>
        ${icon(notices === "on" ? "bell" : "bell-off")}</button>
      <button class="button plain tool" aria-label=${heard} title=${heard} aria-pressed=${sound ? "true" : "false"}
        @click=${() => attention.switchSound(!sound)}>${icon(sound ? "sound" : "sound-off")}</button>`;
  }

  #line() {
    const words = { open: () => t("Connected"), connecting: () => t("Connecting…"), lost: () => t("Reconnecting…") };
    return html`<span class="line ${this.connection}"><i></i><span>${words[this.connection]()}</span></span>`;
  }

  render() {
    const other = currentLanguage() === "en" ? "zh-Hant" : "en";
    const { agent, name } = this.state;
    this.mine = this.state.colleagues.find((one) => one.agent === agent);
    return html`
      <header>
        <div class="me">
          <img src="/static/icons/ringward.svg" alt="Ringward">
          <button class="button plain" title=${t("Change my password")} aria-haspopup="dialog" aria-expanded=${this.changing ? "true" : "false"}
            @click=${() => this.emit(this.changing ? "close-password" : "open-password")}>
            <b>${agent ? this.desk.agentName(agent) : name || this.desk.session.login}</b>
            ${agent ? html`<span class="muted number">${agent}</span>` : nothing}</button>
        </div>
        ${this.changing
          ? html`<rw-password .login=${this.desk.session.login} @close=${() => this.emit("close-password")}></rw-password>`
          : nothing}
        ${agent
          ? html`<fieldset>
              <legend class="sr">${t("My presence")}</legend>
              ${SETTABLE.map(
                (code) => html`<label class=${code}>
                  <input type="radio" name="presence" value=${code} .checked=${live(this.presence === code)} @change=${() => this.#set(code)}>
                  <span><i></i>${label(presenceWord(code))}</span>
                </label>`,
              )}
            </fieldset>
            ${this.presence === "away" ? this.#reason() : nothing}`
          : nothing}
        ${this.failure ? html`<span class="error" role="alert">${this.failure}</span>` : nothing}
        <div class="find"><rw-search .desk=${this.desk} @pick=${({ detail }) => this.emit("look", { customer: detail.customer })}></rw-search>
          <kbd aria-hidden="true">/</kbd></div>
        <div class="end">
          ${this.#line()}
          ${["lead", "manager", "admin", "auditor"].includes(this.desk.session.role)
            ? html`<a class="link" href="/admin">${t("Administration")}</a>`
            : nothing}
          <button class="button plain tool" aria-label="${t("Palette")} (Ctrl+K)" title="${t("Palette")} (Ctrl+K)" aria-keyshortcuts="Control+K"
            @click=${() => this.emit("open-palette")}>${icon("keys")}</button>
          ${this.#attention()}
          <button class="button plain tool" aria-label=${t("Keys and help")} title="${t("Keys and help")} (?)" aria-keyshortcuts="?"
            @click=${() => this.emit("open-help")}>${icon("question")}</button>
          <button class="button plain" lang=${other} @click=${() => chooseLanguage(other)}>${other === "en" ? "EN" : "中文"}</button>
          <button class="button plain" @click=${() => this.emit("log-out")} aria-label=${t("Log out")} title=${t("Log out")}>${icon("leave")}</button>
        </div>
      </header>
    `;
  }
}

customElements.define("rw-header", RwHeader);
