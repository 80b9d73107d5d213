/* What came of a call: how long there is to say it, a short list of outcomes, the next step with its day, and the matter it
   belongs to. Says what was chosen; keeps and files nothing. */

import { endWrapUp, extendWrapUp } from "../api.js";
import { RwElement, css, html, live, nothing } from "../element.js";
import { day, dayAhead, dayOf } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { currentLanguage, t } from "../texts.js";
import { label, matterWord } from "../words.js";
import "./rw-countdown.js";

const DAY = 86_400_000;

/** Nothing said yet. `due` is a day of the firm, or empty. */
export const nothingFiled = () => ({ disposition: "", step: "", due: "", matter: null });

export class RwOutcome extends RwElement {
  static properties = {
    desk: { attribute: false },
    card: { attribute: false },
    filing: { attribute: false },
    wrapUp: { attribute: false },
    dispositions: { attribute: false },
    failure: { state: true },
  };

  static styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 0.7rem;
        padding-top: 0.6rem;
        border-top: 1px solid var(--line);
      }

      fieldset {
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }

      legend,
      .heading {
        display: block;
        padding: 0 0 0.35rem;
        color: var(--muted);
        font-size: var(--text-small);
        font-weight: 600;
      }

      .outcomes {
        display: flex;
        flex-wrap: wrap;
        gap: 0.35rem;
      }

      .outcomes label {
        position: relative;
        display: inline-flex;
        align-items: center;
        min-height: 2rem;
        padding: 0.15rem 0.7rem;
        border: 1px solid var(--line-strong);
        border-radius: 999px;
        font-size: var(--text);
        cursor: pointer;
      }

      .outcomes label:hover {
        background: var(--hover);
      }

      .outcomes input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }

      .outcomes label:has(:checked) {
        border-color: var(--brand);
        background: var(--brand-soft);
        box-shadow: inset 0 0 0 1px var(--brand);
        color: var(--brand);
        font-weight: 600;
      }

      .outcomes label:has(:focus-visible) {
        outline: 2px solid var(--brand);
        outline-offset: 2px;
      }

      .next {
        display: flex;
        flex-wrap: wrap;
        gap: 0.35rem;
      }

      .next input[type="text"] {
        flex: 1 0 100%;
      }

      .next input[type="date"] {
        flex: 1 1 8rem;
        width: 8rem;
        min-width: 0;
      }

      .next .button {
        font-weight: 400;
      }

      .taken {
        margin-top: 0.3rem;
        color: var(--ring);
        font-size: var(--text-small);
        font-weight: 600;
      }

      .clock {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.35rem 0.6rem;
        padding: 0.4rem 0.4rem 0.4rem 0.7rem;
        border-radius: var(--radius-small);
        background: var(--brand-soft);
        color: var(--brand);
        font-size: var(--text);
        font-weight: 600;
      }

      .clock rw-countdown {
        flex: 1 0 calc(100% - 2.5rem);
        padding-inline-end: 0.4rem;
      }

      .clock .button {
        color: var(--brand);
      }
    `,
  ];

  #say(change) {
    this.emit("filing", change);
  }

  async #clock(act) {
    this.failure = "";
    try {
      await act(this.wrapUp.linkedid);
    } catch (error) {
      this.failure = error.message || t("That did not work. Try again.");
    }
  }

  #countdown() {
    const { wrapUp } = this;
    if (!wrapUp) return nothing;
    return html`<div class="clock">${icon("clock")}
      <rw-countdown label=${t("Wrap-up")} .until=${wrapUp.ends_at} .seconds=${wrapUp.seconds} .skew=${wrapUp.skew}></rw-countdown>
      ${wrapUp.extended ? nothing : html`<button class="button plain" @click=${() => this.#clock(extendWrapUp)}>${t("As long again")}</button>`}
      <button class="button plain" @click=${() => this.#clock(endWrapUp)}>${t("Free now")}</button>
    </div>${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}`;
  }

  #outcomes() {
    const word = ({ zh, en }) => (currentLanguage() === "en" ? en : zh);
    return html`<fieldset><legend>${t("What came of the call")}</legend>
      <div class="outcomes">${this.dispositions.map(
        (one) => html`<label><input type="radio" name="outcome" value=${one.code} .checked=${live(this.filing.disposition === one.code)}
          @change=${() => this.#say({ disposition: one.code })}>${label(word(one))}</label>`,
      )}</div></fieldset>`;
  }

  #next() {
    const { step, due } = this.filing;
    const soon = (days) => dayOf(Date.now() + days * DAY);
    const choose = (days, text) => html`<button class="button" type="button" aria-pressed=${due === soon(days) ? "true" : "false"}
      title=${dayAhead(soon(days))} @click=${() => this.#say({ due: due === soon(days) ? "" : soon(days) })}>${text}</button>`;
    return html`<div role="group" aria-labelledby="next"><span class="heading" id="next">${t("Next step")}</span>
      <div class="next">
        <input class="field" type="text" maxlength="500" autocomplete="off" aria-label=${t("Next step")} placeholder=${t("Send the offer, ask the hotel…")}
          .value=${live(step)} @input=${({ target }) => this.#say({ step: target.value })}>
        <input class="field" type="date" aria-label=${t("Next step by")} min=${dayOf(Date.now())} .value=${live(due)}
          @change=${({ target }) => this.#say({ due: target.value })}>
        ${choose(1, t("Tomorrow"))}${choose(7, t("In a week"))}
      </div></div>`;
  }

  #matter() {
    const open = [...(this.card?.complaints ?? []), ...(this.card?.requests ?? [])].filter(({ state }) => state !== "closed");
    if (!open.length) return nothing;
    const { matter } = this.filing;
    const other = open.find(({ id, agent }) => id === matter && agent && agent !== this.desk.session.agent);
    return html`<div><label class="heading" for="matter">${t("Belongs to")}</label>
      <select class="field" id="matter" @change=${({ target }) => this.#say({ matter: Number(target.value) || null })}>
        <option value="" ?selected=${!matter}>${t("no open matter")}</option>
        ${open.map((one) => html`<option value=${one.id} ?selected=${matter === one.id}>
          ${day(one.date)} ${one.text.slice(0, 60)} (${label(matterWord(one.state))}${one.agent ? `, ${this.desk.agentName(one.agent)}` : ""})</option>`)}
      </select>
      ${other ? html`<p class="taken" role="status">${t("{name} is already on this", { name: this.desk.agentName(other.agent) })}</p>` : nothing}
    </div>`;
  }

  render() {
    return html`${this.#countdown()} ${this.#outcomes()} ${this.#next()} ${this.#matter()}`;
  }
}

customElements.define("rw-outcome", RwOutcome);
