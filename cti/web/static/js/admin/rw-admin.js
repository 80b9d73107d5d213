/* The administration: who is here, where one is, and the way to every view. Must not know what a view does. */

import { logOut, readSession, whenLoggedOut } from "../api.js";
import { RwElement, css, html, nothing } from "../element.js";
import { useZone } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { chooseLanguage, currentLanguage, t } from "../texts.js";
import "../components/rw-login.js";
import { isWaiting, leave, onPlace, place, stay } from "./places.js";
import "./rw-navigation.js";
import { READING, VIEWS, isOffered } from "./views.js";
import { roleWord } from "./words.js";

export class RwAdmin extends RwElement {
  static properties = { session: { state: true }, asked: { state: true }, offline: { state: true } };

  static styles = [
    shared,
    css`
      :host {
        display: block;
        min-height: 100vh;
      }

      .top {
        border-bottom: 1px solid var(--line);
        background: var(--surface);
      }

      .top > div {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.75rem;
        max-width: 90rem;
        min-height: 3.25rem;
        margin: 0 auto;
        padding: 0.4rem 1rem;
      }

      .top img {
        width: 1.8rem;
        height: 1.8rem;
      }

      .here {
        display: grid;
        margin-inline-end: auto;
        line-height: 1.3;
      }

      .links,
      .tools {
        display: flex;
        align-items: center;
        gap: 0.25rem;
      }

      @media (max-width: 39.99rem) {
        .links {
          flex-basis: 100%;
          order: 1;
          margin-inline-start: -0.5rem;
        }
      }

      a.button {
        text-decoration: none;
      }

      .who {
        color: var(--muted);
        font-size: var(--text-small);
      }

      .body {
        display: grid;
        gap: 1rem;
        max-width: 90rem;
        margin: 0 auto;
        padding: 0.75rem 1rem 3rem;
        grid-template-columns: minmax(0, 1fr);
      }

      @media (min-width: 56rem) {
        .body {
          grid-template-columns: 11.5rem minmax(0, 1fr);
          gap: 1.5rem;
          padding-top: 0;
        }

        main {
          padding-top: 1.25rem;
        }
      }

      .gate {
        display: grid;
        gap: 0.75rem;
        max-width: 32rem;
        margin: 12vh auto 0;
        padding: 2rem;
        justify-items: start;
      }

      .ask {
        position: sticky;
        top: 0;
        z-index: 2;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        margin-bottom: 1rem;
        padding: 0.75rem 1rem;
        border: 1px solid var(--ring-line);
        border-radius: var(--radius);
        background: var(--ring-soft);
        color: var(--ring);
        font-weight: 600;
      }

      .ask span {
        margin-inline-end: auto;
      }

      .offline {
        padding: 0.4rem 1rem;
        background: var(--ring-soft);
        color: var(--ring);
        font-size: var(--text-small);
        font-weight: 600;
        text-align: center;
      }
    `,
  ];

  connectedCallback() {
    super.connectedCallback();
    this.forgetPlace = onPlace(() => this.requestUpdate());
    this.netIs = () => (this.offline = !navigator.onLine);
    addEventListener("online", this.netIs);
    addEventListener("offline", this.netIs);
    whenLoggedOut(() => (this.session = null));
    this.#look();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.forgetPlace();
    removeEventListener("online", this.netIs);
    removeEventListener("offline", this.netIs);
  }

  async #look() {
    try {
      this.session = await readSession();
    } catch (error) {
      this.session = null;
      this.unreachable = error.status === 0;
    }
    this.asked = true;
  }

  async #logOut() {
    await logOut().catch(() => {});
    this.session = null;
  }

  willUpdate(changes) {
    if (changes.has("session") && this.session) useZone(this.session.time_zone);
  }

  updated() {
    const [view] = place();
    document.title = `${VIEWS[view]?.title() ?? t("Administration")} · Ringward`;
    if (isWaiting()) this.renderRoot.querySelector(".ask button")?.focus();
  }

  #language() {
    const other = currentLanguage() === "en" ? "zh-Hant" : "en";
    return html`<button class="button plain" lang=${other} @click=${() => chooseLanguage(other)}>${other === "en" ? "EN" : "中文"}</button>`;
  }

  #top() {
    return html`<header class="top"><div>
      <img src="/static/icons/ringward.svg" alt="Ringward">
      <div class="here"><b>${t("Administration")}</b><span class="who">${this.session.name} · ${roleWord(this.session.role)}</span></div>
      <div class="links">
        <a class="button plain" href="/">${t("To the desk")}</a>
        ${READING.includes(this.session.role) ? html`<a class="button plain" href="/wall">${t("Wallboard")}</a>` : nothing}
      </div>
      <div class="tools">
        ${this.#language()}
        <button class="button plain" @click=${this.#logOut} aria-label=${t("Log out")} title=${t("Log out")}>${icon("leave")}</button>
      </div>
    </div></header>`;
  }

  #gate() {
    return html`${this.#top()}<main><div class="panel gate">
      <h1>${t("For managers")}</h1>
      <p>${t("People, chains, hours and log-ins are set up here. Your log-in ({login}) has the role “{role}”; ask a manager or an administrator.", { login: this.session.login, role: roleWord(this.session.role) })}</p>
      <a class="button main" href="/">${t("To the desk")}</a>
    </div></main>`;
  }

  #ask() {
    if (!isWaiting()) return nothing;
    return html`<div class="ask" role="alertdialog" aria-labelledby="unsaved">
      <span id="unsaved">${t("There are unsaved changes here.")}</span>
      <button class="button" @click=${stay}>${t("Stay")}</button>
      <button class="button" @click=${leave}>${t("Leave and lose them")}</button>
    </div>`;
  }

  render() {
    if (!this.asked) return nothing;
    if (!this.session)
      return html`<rw-login @logged-in=${({ detail }) => (this.session = detail.session)}></rw-login>`;
    if (!READING.includes(this.session.role)) return this.#gate();
    const [view, ...rest] = place();
    return html`
      ${this.#top()}
      ${this.offline ? html`<div class="offline" role="status">${t("This machine is offline. What you type stays here; save it when the network is back.")}</div>` : nothing}
      <div class="body">
        <rw-navigation .role=${this.session.role} .view=${view}></rw-navigation>
        <main>
          ${this.#ask()}
          ${isOffered(view, this.session.role)
            ? VIEWS[view].show(this.session, rest)
            : html`<p>${t("There is nothing at this address.")}</p>`}
        </main>
      </div>
    `;
  }
}

customElements.define("rw-admin", RwAdmin);
