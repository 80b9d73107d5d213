/* What can be done to the call at hand: pick up, hold, mute, hand on, ask first, hang up; or, listening, how to listen.
   Words on every button, no single key does anything. Must not know how the switch does it. */

import { RwElement, css, html, nothing, repeat } from "../element.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { label, presenceWord } from "../words.js";

const REACHABLE = new Set(["available", "wrap_up"]);
const MODES = ["listen", "whisper", "barge"];

export class RwControl extends RwElement {
  static properties = { call: { attribute: false }, desk: { attribute: false }, colleagues: { attribute: false }, picking: { state: true }, busy: { state: true } };

  static styles = [
    shared,
    css`
      /* Neither what an ended call leaves nor a line without words takes the gap to its neighbour. */
      :host([hidden]) {
        display: none;
      }

      [role="status"]:empty {
        position: absolute;
      }

      section {
        display: grid;
        gap: 0.6rem;
        padding: 0.7rem 1.1rem;
      }

      .row,
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
      }

      .button {
        min-height: 2.75rem;
        white-space: normal;
      }

      .button[aria-pressed="true"] {
        border-color: var(--ring-line);
        background: var(--ring-soft);
        color: var(--ring);
      }

      .end {
        margin-inline-start: auto;
        border-color: var(--alarm-line);
        color: var(--alarm);
      }

      p {
        font-size: var(--text);
      }

      .hint {
        color: var(--muted);
      }

      .progress {
        color: var(--ring);
        font-weight: 600;
      }

      li {
        display: flex;
        flex: 1 1 17rem;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.4rem 0.6rem;
        padding: 0.35rem 0.6rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
      }

      li .who {
        flex: 1 1 6rem;
        font-weight: 600;
      }

      li small {
        display: block;
        color: var(--muted);
        font-weight: 400;
        font-size: var(--text-small);
      }
    `,
  ];

  constructor() {
    super();
    this.picking = false;
    this.busy = false;
  }

  async #do(wish) {
    this.busy = true;
    this.desk.forgetFailure();
    try {
      await wish();
      this.picking = false;
    } catch (error) {
      this.desk.fail(error);
    } finally {
      this.busy = false;
    }
  }

  #button(text, wish, { pressed, kind = "" } = {}) {
    return html`<button class="button ${kind}" ?disabled=${this.busy} aria-pressed=${pressed ?? nothing}
      @click=${() => this.#do(wish)}>${text}</button>`;
  }

  #progress() {
    const { asking, asking_state: state } = this.call.handling ?? {};
    if (!asking) return "";
    const name = this.desk.agentName(asking);
    if (state === "own_phone") return t("Pick up your phone: it then calls {name}", { name });
    if (state === "ringing") return t("Ringing {name}…", { name });
    return t("You are talking with {name}", { name });
  }

  #colleague({ agent, state }) {
    const { call, desk } = this;
    const name = desk.agentName(agent);
    const reachable = REACHABLE.has(state);
    return html`<li><span class="who">${name}<small>${label(presenceWord(state))}</small></span>
      <button class="button" ?disabled=${this.busy || !reachable} aria-label=${t("Ask {name} first", { name })}
        @click=${() => this.#do(() => desk.control.consult(call.linkedid, agent))}>${t("Ask first")}</button>
      <button class="button" ?disabled=${this.busy} aria-label=${t("Hand on to {name} now", { name })}
        @click=${() => this.#do(() => desk.control.transfer(call.linkedid, agent))}>${t("Hand on now")}</button></li>`;
  }

  #picker() {
    const place = ({ state }) => (REACHABLE.has(state) ? 0 : 1);
    const others = this.colleagues
      .filter(({ agent }) => agent !== this.desk.state.agent)
      .sort((one, other) => place(one) - place(other) || one.agent.localeCompare(other.agent));
    return html`<p class="hint">${t("Who is not available now cannot be asked; handed on, the call goes along their own chain and comes back.")}</p>
      <ul aria-label=${t("Colleagues")}>${repeat(others, ({ agent }) => agent, (one) => this.#colleague(one))}</ul>`;
  }

  #watching() {
    const { call, desk } = this;
    const words = { listen: t("Listen"), whisper: t("Whisper"), barge: t("Join in") };
    const said = {
      listen: t("You listen; nobody hears you."),
      whisper: t("Only {name} hears you.", { name: desk.agentName(call.leg.agent) }),
      barge: t("Everybody hears you."),
    };
    return html`<div class="row">
        ${MODES.map((mode) => this.#button(words[mode], () => desk.control.watch(call.linkedid, call.leg.agent, mode),
          { pressed: String(call.watching === mode) }))}
        ${this.#button(t("Stop listening"), () => desk.control.unwatch(call.linkedid), { kind: "end" })}
      </div>
      <p role="status">${said[call.watching]} ${t("This is written into the audit.")}</p>`;
  }

  #talking() {
    const { call, desk } = this;
    const { held = false, muted = false, asking = null, asking_state: state } = call.handling ?? {};
    const { control } = desk;
    return html`<div class="row">
        ${this.#button(held ? t("Resume the call") : t("Hold"), () => control.hold(call.linkedid, !held), { pressed: String(held) })}
        ${this.#button(muted ? t("Unmute") : t("Mute"), () => control.mute(call.linkedid, !muted), { pressed: String(muted) })}
        ${asking
          ? html`${state === "talking" ? this.#button(t("Connect the two"), () => control.join(call.linkedid)) : nothing}
              ${this.#button(t("Stop asking"), () => control.hangUp(call.handling.asking_call))}`
          : html`<button class="button" aria-expanded=${String(this.picking)} ?disabled=${this.busy}
              @click=${() => (this.picking = !this.picking)}>${t("Hand on…")}</button>`}
        ${this.#button(t("Hang up"), () => control.hangUp(call.linkedid), { kind: "end" })}
      </div>
      <p role="status" class="progress">${[held ? t("On hold") : "", muted ? t("Nobody hears you") : "", this.#progress()].filter(Boolean).join(" · ")}</p>
      ${this.picking && !asking ? this.#picker() : nothing}`;
  }

  #ringing() {
    const { call, desk } = this;
    if (call.direction === "outbound") {
      return html`<div class="row">${this.#button(t("Hang up"), () => desk.control.hangUp(call.linkedid), { kind: "end" })}</div>`;
    }
    if (call.leg.kind === "mobile") return html`<p class="hint">${t("Rings on your mobile: answer it there and press 1.")}</p>`;
    return html`<div class="row">${this.#button(t("Pick up"), () => desk.control.answer(call.linkedid))}</div>
      <p class="hint">${t("Works with desk phones that can be told to pick up; else take the receiver.")}</p>`;
  }

  render() {
    const { call, desk } = this;
    const idle = !desk.state.agent || call.state === "ended";
    this.toggleAttribute("hidden", idle);
    if (idle) return nothing;
    const part = call.watching ? this.#watching() : call.state === "talking" ? this.#talking() : this.#ringing();
    return html`<section class="panel" aria-label=${t("What to do with the call")}>${part}</section>`;
  }
}

customElements.define("rw-control", RwControl);
