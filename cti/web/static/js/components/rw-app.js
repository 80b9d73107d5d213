/* The page: log-in or desktop, and where each part stands. Holds the session; everything live is the desk's. */

import * as api from "../api.js";
import { Desk } from "../desk.js";
import { callById, liveCalls, shownCall } from "../desktop-state.js";
import { RwElement, css, html, keyed, nothing } from "../element.js";
import { dueTime, phoneNumber } from "../formats.js";
import { composing, isAlt, isChord, isSign } from "../keys.js";
import { promiseName } from "../promise-words.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import "./rw-alarms.js";
import "./rw-banner.js";
import "./rw-calls.js";
import "./rw-card.js";
import "./rw-worth.js";
import "./rw-caller.js";
import "./rw-colleagues.js";
import "./rw-control.js";
import "./rw-floor.js";
import "./rw-header.js";
import "./rw-history.js";
import "./rw-idle.js";
import "./rw-login.js";
import "./rw-notices.js";
import "./rw-note.js";
import "./rw-person.js";
import "./rw-help.js";
import "./rw-palette.js";
import { lateCount } from "./rw-promises.js";
import "./rw-unknown.js";
import "./rw-which.js";

export class RwApp extends RwElement {
  static properties = {
    session: { state: true },
    asked: { state: true },
    spoken: { state: true },
    reminded: { state: true },
    looked: { state: true },
    open: { state: true },
  };

  static styles = [
    shared,
    css`
      :host {
        display: block;
        min-height: 100vh;
      }

      .desktop {
        display: grid;
        gap: 0.75rem;
        max-width: 110rem;
        margin: 0 auto;
        padding: 0.75rem;
        grid-template-columns: minmax(0, 1fr);
        align-items: start;
      }

      .failed:has(span) {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 0.6rem;
        border-bottom: 1px solid var(--alarm-line);
        background: var(--alarm-soft);
      }

      .left,
      .centre,
      .right {
        display: grid;
        gap: 0.75rem;
        grid-template-columns: minmax(0, 1fr);
        align-content: start;
        min-width: 0;
      }

      .centre {
        order: 1;
      }

      .right {
        order: 2;
      }

      .left {
        order: 3;
      }

      @media (max-width: 59.99rem) {
        .left {
          display: contents;
        }

        .left > rw-promises {
          order: 0;
        }

        .left > rw-calls,
        .left > rw-colleagues {
          order: 3;
        }

        /* A call at hand goes before those that are owed. */
        .left.calling > rw-promises {
          order: 2;
        }

        .left.calling rw-calls,
        .left.calling rw-notices {
          order: 0;
        }

        .left > rw-floor {
          order: 3;
        }

        .left.calling rw-colleagues {
          order: 3;
        }

        .left.single rw-calls {
          display: none;
        }
      }

      @media (min-width: 60rem) {
        .desktop {
          grid-template-columns: 14.5rem minmax(0, 1fr);
          padding: 1rem;
          gap: 1rem;
        }

        .left {
          order: 0;
          position: sticky;
          top: 1rem;
        }
      }

      /* Between a phone and a wide screen the note stands beside the card: nobody scrolls while someone talks. */
      @media (min-width: 60rem) and (max-width: 77.99rem) {
        .desktop.subject {
          grid-template-columns: minmax(0, 1fr) 20rem;
          grid-template-rows: repeat(5, auto) 1fr;
        }

        .subject .centre {
          grid-row: 1 / span 6;
          grid-column: 1;
        }

        .subject .left {
          display: contents;
        }

        .subject .right,
        .subject .left > * {
          grid-column: 2;
        }

        .subject .left > rw-promises,
        .subject .left > rw-colleagues {
          order: 3;
        }

        .subject .left.single rw-calls {
          display: none;
        }
      }

      @media (min-width: 78rem) {
        .desktop.subject {
          grid-template-columns: 14rem minmax(0, 1fr) clamp(20rem, 25vw, 24rem);
        }

        .right {
          position: sticky;
          top: 1rem;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.session = null;
    this.asked = false;
    this.spoken = "";
    this.reminded = "";
    this.looked = null;
    this.desk = null;
    this.open = null;
    this.pressed = (event) => this.#keys(event);
    api.whenLoggedOut(() => this.#leave());
  }

  async connectedCallback() {
    super.connectedCallback();
    window.addEventListener("keydown", this.pressed);
    try {
      this.#enter(await api.readSession());
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
    }
    this.asked = true;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.pressed);
  }

  #keys(event) {
    if (!this.session || composing(event)) return;
    if (isChord(event, "k")) this.open = this.open === "palette" ? null : "palette";
    else if (isAlt(event, "n")) this.#writeNote();
    else if (isSign(event, "/")) this.#find();
    else if (isSign(event, "?")) this.open = "help";
    else return;
    event.preventDefault();
  }

  /* The search may be folded away on a narrow screen while someone calls; the palette never is. */
  #find() {
    const search = this.renderRoot.querySelector("rw-header").search;
    if (search.checkVisibility()) search.focus();
    else this.open = "palette";
  }

  #writeNote() {
    this.renderRoot.querySelector("rw-note")?.focus();
  }

  async #showPromise(promise) {
    await this.updateComplete;
    this.renderRoot.querySelector("rw-promises").point(promise);
  }

  #enter(session) {
    this.session = session;
    this.desk = new Desk(session);
    this.desk.addEventListener("change", () => this.#deskChanged());
    this.desk.addEventListener("rings", ({ detail }) => this.#announce(detail));
    this.desk.addEventListener("late", ({ detail }) => this.#remind(detail));
    this.desk.addEventListener("picked", ({ detail }) => this.#showPromise(Number(detail.replace("promise.", ""))));
    this.desk.addEventListener("logged-out", () => this.#leave());
    this.desk.open();
  }

  #leave() {
    this.desk?.close();
    this.desk = null;
    this.session = null;
    this.looked = null;
    this.open = null;
    document.title = "Ringward";
  }

  async #logOut() {
    await api.logOut().catch(() => null); // gone already, or unreachable: this page forgets it either way
    this.desk.forgetEnded();
    this.#leave();
  }

  #deskChanged() {
    const { shown } = this.desk.state;
    if (shown?.customer && shown.customer !== this.looked?.customer_id) this.#look(shown.customer);
    const rings = liveCalls(this.desk.state).filter((call) => call.state === "ringing");
    const late = lateCount(this.desk.state);
    const quiet = late ? `(${t("{count} late", { count: late })}) Ringward` : "Ringward";
    const several = rings.length > 1 ? `(${rings.length}) ` : "";
    document.title = rings.length ? `${several}${t("Ringing")}: ${this.#callerName(rings[0])}` : quiet;
    this.requestUpdate();
  }

  #callerName(call) {
    if (call.caller.withheld) return t("Number withheld");
    return call.card?.name || call.matches[0]?.name || call.caller.name || phoneNumber(call.caller.e164) || call.caller.raw;
  }

  async #announce(call) {
    this.spoken = ""; // the same caller again is news again
    await this.updateComplete;
    const name = this.#callerName(call);
    this.spoken = t("Incoming call: {name}", { name });
    this.desk?.attention.call(call.call_id, t("Incoming call: {name}", { name }), phoneNumber(call.caller.e164), { rings: true });
  }

  async #remind(promise) {
    this.reminded = "";
    await this.updateComplete;
    this.reminded = t("Call back overdue: {name}", { name: promiseName(promise) });
    this.desk?.attention.call(`promise.${promise.id}`, this.reminded, t("late since {time}", { time: dueTime(promise.due) }));
  }

  async #look(customer) {
    const card = await api.readCard(customer).catch(() => null);
    if (this.desk?.state.shown?.customer !== customer) return;
    if (card) this.looked = card;
    else this.desk.show(null);
  }

  async #cardChanged({ customer, call }) {
    if (call) await this.desk.refreshCard(call, customer).catch(() => null);
    else await this.#look(customer);
  }

  async #wroteNote(noted) {
    await this.#cardChanged(noted);
    this.renderRoot.querySelector("rw-history")?.refresh();
  }

  render() {
    if (!this.asked) return nothing;
    if (!this.session) {
      return html`<rw-login @logged-in=${({ detail }) => this.#enter(detail.session)}></rw-login>`;
    }
    const { desk } = this;
    const { state } = desk;
    const call = shownCall(state);
    const card = call ? call.card : state.shown?.customer && this.looked;
    const subject = Boolean(call || card);
    return html`
      <rw-header .desk=${desk} .state=${state} ?busy=${subject} .changing=${this.open === "password"} .connection=${desk.connection}
        .presence=${desk.agents.get(state.agent)?.presence} .notices=${desk.attention.notices} .sound=${desk.attention.sound}
        @look=${({ detail }) => desk.show({ customer: detail.customer })}
        @log-out=${this.#logOut} @open-palette=${() => (this.open = "palette")} @open-help=${() => (this.open = "help")}
        @open-password=${() => (this.open = "password")} @close-password=${() => (this.open = null)}></rw-header>
      ${this.open === "palette" ? this.#palette() : nothing}
      ${this.open === "help" ? html`<rw-help @close=${() => (this.open = null)}></rw-help>` : nothing}
      <rw-banner .connection=${desk.connection}></rw-banner>
      <rw-alarms .alarms=${state.alarms}></rw-alarms>
      <div role="alert" class="failed">${desk.failure
        ? html`<span class="error">${desk.failure}</span><button class="button plain" @click=${() => desk.forgetFailure()}>${t("Close")}</button>`
        : nothing}</div>
      <div class="sr" role="status" aria-live="assertive">${this.spoken}</div>
      <div class="sr" role="status" aria-live="polite">${this.reminded}</div>
      <main class="desktop ${subject ? "subject" : ""}" @look=${({ detail }) => desk.show({ customer: detail.customer })}
        @card-changed=${({ detail }) => this.#cardChanged(detail)}>
        <div class="left ${state.calls.length ? "calling" : ""} ${call && state.calls.length === 1 ? "single" : ""}">
          <rw-calls .calls=${state.calls} .wrapUp=${state.wrapUp} .shown=${state.shown} .skew=${state.skew}
            @choose=${({ detail }) => desk.show({ call: detail.call })}></rw-calls>
          ${state.notices.length ? html`<rw-notices .notices=${state.notices} .desk=${desk}></rw-notices>` : nothing}
          <rw-promises .promises=${state.promises} .desk=${desk}></rw-promises>
          ${state.floor.length ? html`<rw-floor .calls=${state.floor} .desk=${desk} .skew=${state.skew}></rw-floor>` : nothing}
          <rw-colleagues .colleagues=${state.colleagues} .me=${state.agent} .desk=${desk}></rw-colleagues>
        </div>
        <div class="centre">${call ? this.#callView(call) : card ? this.#customerView(card) : this.#idleView()}</div>
        ${subject ? html`<div class="right">${this.#side(call, card || null)}</div>` : nothing}
      </main>
    `;
  }

  #palette() {
    const { desk } = this;
    return html`<rw-palette .desk=${desk} .state=${desk.state} @close=${() => (this.open = null)}
      @look=${({ detail }) => desk.show({ customer: detail.customer })} @log-out=${this.#logOut} @find=${this.#find}
      @help=${() => (this.open = "help")} @password=${() => (this.open = "password")} @write-note=${this.#writeNote} @show-colleague=${this.#showColleagues}
      @show-promise=${({ detail }) => this.#showPromise(detail.promise)}></rw-palette>`;
  }

  #showColleagues() {
    this.renderRoot.querySelector("rw-colleagues").scrollIntoView({ block: "nearest" });
  }

  #callView(call) {
    const { desk } = this;
    const several = call.matches.length > 1;
    return html`
      <rw-caller .call=${call} .desk=${desk} .promises=${desk.state.promises} .skew=${desk.state.skew}
        @close=${() => desk.putAway(call.call_id)} @dispute=${() => desk.dispute(call.call_id)}></rw-caller>
      ${keyed(`control.${call.call_id}`, html`<rw-control .call=${call} .desk=${desk} .colleagues=${desk.state.colleagues}></rw-control>`)}
      ${several
        ? html`<rw-which .call=${call} .desk=${desk} @dispute=${() => desk.dispute(call.call_id)}></rw-which>`
        : nothing}
      ${call.card && call.disputed ? html`<rw-unknown .call=${call} .desk=${desk}></rw-unknown>` : nothing}
      ${call.card
        ? html`<rw-worth .card=${call.card} .desk=${desk} .callId=${call.call_id}></rw-worth>
            <rw-card .card=${call.card} .desk=${desk} .callId=${call.call_id} .company=${desk.state.company}></rw-card>`
        : keyed(call.call_id, html`<rw-unknown .call=${call} .desk=${desk}></rw-unknown>`)}
    `;
  }

  #customerView(card) {
    return html`
      <rw-person .card=${card} .desk=${this.desk} .promises=${this.desk.state.promises} @close=${() => this.desk.show(null)}></rw-person>
      <rw-worth .card=${card} .desk=${this.desk}></rw-worth>
      <rw-card .card=${card} .desk=${this.desk} .company=${this.desk.state.company}></rw-card>
    `;
  }

  #idleView() {
    return html`<rw-idle .desk=${this.desk} .connection=${this.desk.connection}></rw-idle>`;
  }

  /* Whether I had this call: then there is something to say of it. `talking` or `ended`, else empty. */
  #had(call) {
    if (call?.watching) return "";
    return call?.answered && (call.state === "talking" || call.state === "ended") ? call.state : "";
  }

  #side(call, card) {
    const subject = call ? call.call_id : `customer.${card.customer_id}`;
    const customer = card?.customer_id ?? null;
    const { wrapUp: running } = this.desk.state;
    const wrapUp = call && running?.call_id === call.call_id ? { ...running, skew: this.desk.state.skew } : null;
    return html`
      ${keyed(
        subject,
        html`<rw-note .subject=${subject} .customer=${customer} .call=${call && callById(this.desk.state, call.call_id) ? call.call_id : null}
          .desk=${this.desk} .card=${card} .had=${this.#had(call)} .wrapUp=${wrapUp} .dispositions=${this.desk.dispositions}
          .drafts=${this.desk.drafts} .undecided=${Boolean(call && (call.disputed || (call.matches.length > 1 && !call.chosen)))} .name=${card?.name ?? ""}
          @noted=${({ detail }) => this.#wroteNote(detail)}></rw-note>`,
      )}
      ${customer ? keyed(customer, html`<rw-history .customer=${customer} .desk=${this.desk}></rw-history>`) : nothing}
    `;
  }
}

customElements.define("rw-app", RwApp);
