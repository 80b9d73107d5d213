/* The wall as a whole: its way in (a log-in, or the token in the address), the line to the server, and the board.
   Must not know what stands on the board. */

import { ask } from "../api.js";
import { DesktopLink } from "../desktop-link.js";
import { RwElement, css, html, nothing } from "../element.js";
import { clockTime, useZone } from "../formats.js";
import { shared } from "../styles.js";
import { chooseLanguage, currentLanguage, t } from "../texts.js";
import "../components/rw-login.js";
import "./rw-board.js";

const AGAIN = 5_000; // a screen that was switched on before the server finds it by itself

export class RwWall extends RwElement {
  static properties = {
    gate: { state: true }, // "" while all is well, else why nothing may be shown: "login", "role", "token"
    link: { state: true },
    live: { state: true },
    now: { state: true },
  };

  static styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        height: 100vh;
      }

      header {
        display: flex;
        align-items: center;
        gap: 0.6rem;
        min-height: 2.9rem;
        padding: 0.2rem 1rem;
        border-bottom: 1px solid var(--line);
        background: var(--surface);
      }

      header img {
        width: 1.7rem;
        height: 1.7rem;
      }

      h1 {
        font-size: 1.1rem;
        font-weight: 700;
      }

      .clock {
        margin-inline-start: auto;
        font-size: 1.7rem;
        font-weight: 700;
        font-variant-numeric: tabular-nums;
      }

      .button {
        min-height: 24px;
        font-size: max(0.6rem, 13px);
      }

      .lost {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.2rem 0.7rem;
        padding: 0.4rem 1rem;
        background: var(--alarm);
        color: var(--surface);
        font-size: 1.1rem;
        font-weight: 600;
      }

      main {
        display: flex;
        flex: 1;
        flex-direction: column;
        min-height: 0;
      }

      rw-board {
        flex: 1;
        min-height: 0;
      }

      .wait,
      .why {
        display: grid;
        flex: 1;
        gap: 0.5rem;
        align-content: center;
        padding: 1.5rem;
        font-size: 1.2rem;
        text-align: center;
      }

      .why {
        flex: none;
        padding-bottom: 0;
      }

      .why strong {
        font-size: 1.4rem;
      }

      rw-login {
        min-height: 0;
      }

      @media not ((min-width: 1000px) and (orientation: landscape)) {
        :host {
          height: auto;
          min-height: 100vh;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.gate = "";
    this.link = "connecting";
    this.line = new DesktopLink({
      path: "/ws/wall",
      onMessage: (message) => this.#heard(message),
      onState: (state) => (this.link = state),
      mayRetry: () => this.#mayLook(),
    });
  }

  connectedCallback() {
    super.connectedCallback();
    this.ticking = setInterval(() => this.#tick(), 1000);
    this.#start();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.ticking);
    clearTimeout(this.again);
    this.line.close();
  }

  async #start() {
    const token = location.hash.slice(1);
    let unknown = false;
    if (token) {
      unknown = await ask("POST", "/wall/screen", { body: { token } }).then(
        () => false,
        ({ status }) => status === 401 || status === 400,
      );
    }
    const mayLook = await this.#mayLook(true);
    if (mayLook || this.gate) history.replaceState(null, "", location.pathname + location.search); // no token in it
    if (mayLook) this.line.open();
    else if (this.gate && unknown) this.gate = "token";
    else if (!this.gate) this.again = setTimeout(() => this.#start(), AGAIN);
  }

  /* Whether to go on trying. `sure`: only once the server has said yes. */
  async #mayLook(sure = false) {
    try {
      const { time_zone: zone } = await ask("GET", "/wall");
      useZone(zone);
      this.gate = "";
      return true;
    } catch (error) {
      if (error.status === 401) this.gate = this.live ? "token" : "login";
      else if (error.status === 403) this.gate = "role";
      else return !sure;
      this.live = undefined; // who may not look any more looks at nothing
      return false;
    }
  }

  #heard(message) {
    const said = message.type === "wall" ? message.live.at : message.at;
    if (said) this.ahead = Date.parse(said) - Date.now(); // screens on walls have clocks that nobody sets
    if (message.type === "wall") {
      this.live = message.live;
      this.link = "open";
    }
    this.#tick();
  }

  /* Without the server time stands still: a talk that goes on counting would be made up. */
  #tick() {
    if (this.link === "open" && this.ahead !== undefined) this.now = Date.now() + this.ahead;
  }

  #gate() {
    const why = {
      login: t("The wallboard is for those who lead, and for screens with a token."),
      role: t("Your role sees no wallboard. Log in as somebody who leads."),
      token: t("This screen may look no more: its token is unknown or revoked, or the session has ended."),
    }[this.gate];
    return html`<section class="why" role="status">
        <strong>${why}</strong>
        <span class="muted">${t("A manager makes a token for a screen with `ringward wall token add`.")}</span>
      </section>
      <rw-login @logged-in=${() => this.#start()}></rw-login>`;
  }

  #board() {
    if (!this.live) return html`<main><p class="wait" role="status">${t("Connecting…")}</p></main>`;
    const stale = this.link !== "open";
    return html`${stale
        ? html`<div class="lost" role="status"><span>${t("Connection lost. Reconnecting…")}</span>
            <span>${t("What stands here is of {time}.", { time: clockTime(this.now) })}</span></div>`
        : nothing}
      <main><rw-board ?stale=${stale} .live=${this.live} .now=${this.now}></rw-board></main>`;
  }

  render() {
    const other = currentLanguage() === "en" ? "zh-Hant" : "en";
    document.title = `${t("Wallboard")} · Ringward`;
    if (this.gate) return this.#gate();
    return html`<header>
        <img src="/static/icons/ringward.svg" alt="">
        <h1>${t("Wallboard")}</h1>
        <button class="button plain" lang=${other} @click=${() => chooseLanguage(other)}>${other === "en" ? "English" : "中文"}</button>
        ${this.now ? html`<time class="clock">${clockTime(this.now)}</time>` : nothing}
      </header>
      ${this.#board()}`;
  }
}

customElements.define("rw-wall", RwWall);
