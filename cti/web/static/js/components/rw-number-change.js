/* A number changes: what is new, who asked, and the new one read back in large groups before it can be saved. What is
   read back is what the server has understood, not what was typed. Never modal: it stands in the card. */

import * as api from "../api.js";
import { RwElement, css, html, nothing } from "../element.js";
import { listed, phoneNumber } from "../formats.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

const PAUSE = 350; // milliseconds after the last key before the server reads the number
const WHOLE = 9; // digits of the shortest number here: what is shorter is not wrong yet, it is not finished

export class RwNumberChange extends RwElement {
  static properties = {
    card: { attribute: false },
    number: { attribute: false },
    call: { attribute: false },
    text: { state: true },
    askedBy: { state: true },
    inCall: { state: true },
    told: { state: true },
    right: { state: true },
    fault: { state: true },
    busy: { state: true },
  };

  static styles = [
    shared,
    css`
      form {
        display: grid;
        gap: 0.75rem 1rem;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr));
        margin-top: 0.5rem;
        padding: 0.9rem 1rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
        background: var(--sunken);
      }

      .wide {
        grid-column: 1 / -1;
      }

      .one {
        display: grid;
        gap: 0.25rem;
        align-content: start;
        font-size: var(--text-small);
      }

      .one label,
      .back h3 {
        font-size: var(--text-small);
        font-weight: 600;
      }

      .field[aria-invalid="true"] {
        border-color: var(--alarm);
      }

      .back {
        display: grid;
        gap: 0.4rem;
        min-height: 5.6rem;
        padding: 0.7rem 1rem;
        border: 1px dashed var(--line-strong);
        border-radius: var(--radius-small);
        background: var(--surface);
        align-content: center;
      }

      .digits {
        display: flex;
        flex-wrap: wrap;
        gap: 0 1.1rem;
        font-size: clamp(1.75rem, 1.2rem + 2.2vw, 2.5rem);
        font-weight: 650;
        font-variant-numeric: tabular-nums;
        letter-spacing: 0.06em;
        line-height: 1.2;
      }

      .also {
        color: var(--ring);
        font-size: var(--text);
        font-weight: 600;
      }

      .choice {
        display: flex;
        align-items: center;
        gap: 0.55rem;
        min-height: 2rem;
        font-size: var(--text);
      }

      .choice.said {
        font-weight: 600;
      }

      .choice input {
        flex: none;
        width: 1.2rem;
        height: 1.2rem;
        margin: 0;
        accent-color: var(--brand);
      }

      .choice input:disabled + span {
        color: var(--muted);
      }

      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-end;
        gap: 0.5rem;
      }

      .foot > span {
        flex: 1 1 14rem;
        font-size: var(--text-small);
      }
    `,
  ];

  constructor() {
    super();
    this.text = "";
    this.inCall = true;
    this.told = null;
    this.right = false;
    this.fault = null;
  }

  firstUpdated() {
    if (this.card.kind === "person") this.askedBy = this.card.name;
    this.renderRoot.querySelector("#new").focus();
    this.scrollIntoView({ block: "nearest" });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  #typed({ target }) {
    this.text = target.value;
    this.told = this.fault = this.trial = null;
    this.right = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#read(), PAUSE);
  }

  #body(readBack) {
    return {
      old: `#${this.number.id}`,
      new: this.text.trim(),
      asked_by: (this.askedBy ?? "").trim(),
      read_back: readBack,
      call_id: this.call && this.inCall ? this.call.linkedid : null,
    };
  }

  /* What the server makes of it; nothing is kept. */
  async #read() {
    if (!this.text.trim() || this.told || this.barred) return;
    const mine = (this.trial = Symbol("trial"));
    try {
      const told = await api.changeNumber(this.card.customer_id, { ...this.#body(false), asked_by: this.card.name }, true);
      if (this.trial === mine) this.told = told;
    } catch (error) {
      if (this.trial === mine) this.fault = error;
    }
  }

  /* Refused for who one is: every further try would stand in the audit, too. */
  get barred() {
    return this.fault?.code === "forbidden";
  }

  async #save(event) {
    event.preventDefault();
    if (composing(event) || this.busy) return;
    if (!this.told || !this.right || !(this.askedBy ?? "").trim()) return this.#toWhatIsMissing();
    this.busy = true;
    this.fault = null;
    try {
      this.emit("number-changed", await api.changeNumber(this.card.customer_id, this.#body(true)));
    } catch (error) {
      this.fault = error;
    } finally {
      this.busy = false;
    }
  }

  #toWhatIsMissing() {
    const missing = !this.told ? "#new" : !(this.askedBy ?? "").trim() ? "#asked" : "#right";
    this.renderRoot.querySelector(missing).focus();
  }

  #keys(event) {
    if (composing(event)) return;
    if (event.key === "Enter" && event.target.matches(".field")) return this.#save(event); // a button that is disabled yet takes no Enter
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.emit("number-kept");
  }

  /* While somebody still types, an unfinished number is no mistake. */
  get #wrong() {
    const finished = this.left || this.text.replace(/\D/g, "").length >= WHOLE;
    return ["new", "number"].includes(this.fault?.told?.field) && finished ? this.fault.message.replace(/^\w+\s*[:：]\s*/, "") : "";
  }

  #readBack() {
    const { told } = this;
    if (!told) return html`<p class="muted">${t("Type the new number: what is to be read back stands here.")}</p>`;
    return html`<h3>${t("Read this back, group by group")}</h3>
      <p class="digits">${told.shown.split(/[-\s]+/).map((group) => html`<span>${group}</span>`)}</p>
      ${told.also.length
        ? html`<p class="also">${t("Also the number of {names}: right if they share it, else ask again.", { names: listed(told.also.map(({ name }) => name)) })}</p>`
        : nothing}`;
  }

  #hint() {
    const { fault } = this;
    if (fault && !["new", "number"].includes(fault.told?.field)) {
      const sentence = fault.status === 0 ? t("Not saved: the server cannot be reached. What you typed stays here.") : fault.message;
      return html`<span class="error" role="alert">${sentence.replace(/^\w+\s*[:：]\s*/, "") || t("That did not work. Try again.")}</span>`;
    }
    if (this.told && !this.right) return html`<span class="muted">${t("Read it back and tick that it is right, then save.")}</span>`;
    if (this.told && !(this.askedBy ?? "").trim()) return html`<span class="muted">${t("Say who asked for it.")}</span>`;
    return html`<span class="muted">${t("The old number still tells who calls, marked as old.")}</span>`;
  }

  #attached() {
    if (!this.call) return nothing;
    const name = this.call.card?.name || this.call.caller.name || phoneNumber(this.call.caller.e164) || this.call.caller.raw;
    return html`<label class="choice wide"><input type="checkbox" .checked=${this.inCall} @change=${({ target }) => (this.inCall = target.checked)}>
      <span>${t("Asked for in the call with {name}", { name: name || t("Number withheld") })}</span></label>`;
  }

  render() {
    const wrong = this.#wrong;
    const complete = this.told && this.right && (this.askedBy ?? "").trim();
    const old = phoneNumber(this.number.e164) || this.number.raw;
    return html`<form novalidate aria-label=${t("Change {number}", { number: old })} @submit=${this.#save} @keydown=${this.#keys}>
      <div class="one"><label for="new">${t("New number in place of {number}", { number: old })}</label>
        <input id="new" class="field number" type="tel" inputmode="tel" autocomplete="off" maxlength="60" .value=${this.text}
          aria-invalid=${wrong ? "true" : "false"} aria-describedby="wrong" ?disabled=${this.barred}
          @input=${this.#typed} @blur=${() => ((this.left = true), this.requestUpdate())}>
        <span id="wrong" class="error" role="alert">${wrong}</span></div>
      <div class="one"><label for="asked">${t("Who asked for it")}</label>
        <input id="asked" class="field" autocomplete="off" maxlength="200" .value=${this.askedBy ?? ""} ?disabled=${this.barred}
          @input=${({ target }) => (this.askedBy = target.value)}></div>
      <div class="back wide" role="status">${this.#readBack()}</div>
      <label class="choice said wide"><input id="right" type="checkbox" .checked=${this.right} ?disabled=${!this.told}
        @change=${({ target }) => (this.right = target.checked)}><span>${t("I read it back, and it is right")}</span></label>
      ${this.#attached()}
      <div class="foot wide">${this.#hint()}
        <button type="button" class="button" @click=${() => this.emit("number-kept")}>${t("Cancel")}</button>
        <button class="button main" ?disabled=${!complete || this.busy}>${t("Change the number")}</button></div>
    </form>`;
  }
}

customElements.define("rw-number-change", RwNumberChange);
