/* My calls: ringing, talking, and those over whose card is still open. Says which one was chosen. */

import { RwElement, css, html, nothing, repeat } from "../element.js";
import { phoneNumber } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { callWord, label } from "../words.js";
import "./rw-timer.js";

export class RwCalls extends RwElement {
  static properties = { calls: { attribute: false }, shown: { attribute: false }, wrapUp: { attribute: false }, skew: { attribute: false } };

  static styles = [
    shared,
    css`
      section {
        padding: 0.75rem;
      }

      h2 {
        padding: 0 0.25rem 0.5rem;
      }

      ul {
        display: grid;
        gap: 0.4rem;
      }

      button {
        position: relative;
        display: grid;
        gap: 0.1rem;
        width: 100%;
        padding: 0.5rem 0.6rem 0.5rem 0.85rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
        background: var(--surface);
        text-align: start;
        overflow: hidden;
      }

      button::before {
        content: "";
        position: absolute;
        inset: 0 auto 0 0;
        width: 4px;
        background: var(--line-strong);
      }

      button:hover {
        background: var(--hover);
      }

      .ringing {
        border-color: var(--ring-line);
        background: var(--ring-soft);
      }

      .ringing::before {
        background: var(--ring);
      }

      .talking {
        border-color: var(--talk-line);
        background: var(--talk-soft);
      }

      .talking::before {
        background: var(--talk);
      }

      [aria-current="true"] {
        border-color: currentColor;
      }

      b {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .state {
        display: flex;
        justify-content: space-between;
        gap: 0.5rem;
        color: var(--muted);
        font-size: var(--text-small);
        font-weight: 600;
      }

      .ringing .state {
        color: var(--ring);
      }

      .talking .state {
        color: var(--talk);
      }

      p {
        padding: 0 0.25rem 0.25rem;
        color: var(--muted);
        font-size: var(--text);
      }
    `,
  ];

  #name(call) {
    if (call.card?.name) return call.card.name;
    if (call.caller.withheld) return t("Number withheld");
    if (call.direction === "internal") return call.caller.name || call.caller.raw;
    return call.matches[0]?.name || phoneNumber(call.caller.e164) || call.caller.raw || t("Unknown caller");
  }

  #item(call) {
    const since = call.state === "talking" ? call.answered : call.started;
    return html`<li><button class=${call.state} aria-current=${this.shown?.call === call.call_id ? "true" : "false"}
      @click=${() => this.emit("choose", { call: call.call_id })}>
      <b>${this.#name(call)}</b>
      <span class="state"><span>${this.wrapUp?.call_id === call.call_id ? t("Wrap-up") : label(callWord(call.state, call.direction))}</span>
        ${call.state === "ended" ? nothing : html`<rw-timer .since=${since} .skew=${this.skew}></rw-timer>`}</span>
    </button></li>`;
  }

  render() {
    return html`<section class="panel">
      <h2 class="heading">${t("My calls")}</h2>
      ${this.calls.length
        ? html`<ul>${repeat(this.calls, (call) => call.call_id, (call) => this.#item(call))}</ul>`
        : html`<p>${t("No call right now")}</p>`}
    </section>`;
  }
}

customElements.define("rw-calls", RwCalls);
