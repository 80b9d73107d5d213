/* No call: the calls of late, each a way to the customer's card. */

import { listCalls } from "../api.js";
import { RwElement, css, html, nothing, repeat } from "../element.js";
import { clockTime, day, duration, phoneNumber } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { callWord, label, reasonWord } from "../words.js";

export class RwIdle extends RwElement {
  static properties = {
    desk: { attribute: false },
    connection: { attribute: false },
    calls: { state: true },
    failed: { state: true },
  };

  static styles = [
    shared,
    css`
      section {
        max-width: 62rem;
        padding: 1.1rem;
      }

      .ready {
        display: flex;
        align-items: center;
        gap: 0.9rem;
        padding-bottom: 1rem;
      }

      .ready .icon {
        width: 2.4rem;
        height: 2.4rem;
        padding: 0.55rem;
        border-radius: 50%;
        background: var(--brand-soft);
        color: var(--brand);
      }

      h1 {
        font-size: 1.25rem;
      }

      .ready p {
        color: var(--muted);
        font-size: var(--text);
      }

      .ready a {
        color: var(--brand);
      }

      h2 {
        padding: 0.75rem 0 0.35rem;
        border-top: 1px solid var(--line);
      }

      li {
        display: grid;
        grid-template-columns: 7rem minmax(0, 1.2fr) minmax(0, 1fr) 5rem;
        align-items: baseline;
        gap: 0 0.9rem;
        padding: 0.35rem 0;
        font-size: var(--text);
      }

      .who {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .when,
      .person {
        color: var(--muted);
        font-variant-numeric: tabular-nums;
      }

      .badge {
        justify-self: end;
      }

      @media (max-width: 40rem) {
        li {
          grid-template-columns: minmax(0, 1fr) auto;
          padding: 0.45rem 0;
        }

        .when {
          order: 2;
          font-size: var(--text-small);
        }

        .who {
          order: 0;
        }

        .badge {
          order: 1;
        }

        .person {
          order: 3;
          justify-self: end;
          font-size: var(--text-small);
        }
      }
    `,
  ];

  constructor() {
    super();
    this.calls = null;
    this.failed = false;
  }

  willUpdate(changed) {
    if (changed.has("connection") && this.connection === "open") this.#read();
  }

  async #read() {
    try {
      this.calls = await listCalls();
      this.failed = false;
    } catch {
      this.failed = true;
    }
  }

  #outcome(call) {
    if (call.answered) {
      return html`<span class="badge good">${call.ended ? duration(Date.parse(call.ended) - Date.parse(call.answered)) : label(callWord("talking"))}</span>`;
    }
    if (!call.ended) return html`<span class="badge moving">${label(callWord("ringing"))}</span>`;
    return html`<span class="badge open">${t("Missed")}</span>`;
  }

  #call(call) {
    const number = call.caller.withheld ? t("Number withheld") : phoneNumber(call.caller.e164) || call.caller.raw;
    const name = call.customer_name || number;
    return html`<li>
      <span class="when">${day(call.started)} ${clockTime(call.started)}</span>
      <span class="who">${call.customer_id
        ? html`<button class="link" @click=${() => this.emit("look", { customer: call.customer_id })}>${name}</button>`
        : name}</span>
      <span class="person">${call.answered_by ? this.desk.agentName(call.answered_by) : call.answered ? "" : reasonWord(call.reason)}</span>
      ${this.#outcome(call)}
    </li>`;
  }

  render() {
    return html`<section class="panel">
      <div class="ready">${icon("phone")}
        <div><h1>${t("Ready for the next call")}</h1><p>${t("The caller's card comes up here before your phone rings.")}</p>
          <p><a href="/pocket">${t("Pocket card: my ways")}</a></p></div></div>
      <h2 class="heading">${t("Recent calls")}</h2>
      ${this.calls?.length
        ? html`<ul>${repeat(this.calls, (call) => call.linkedid, (call) => this.#call(call))}</ul>`
        : this.failed
          ? html`<p class="error">${t("The calls could not be read.")} <button class="link" @click=${this.#read}>${t("Try again")}</button></p>`
          : this.calls
            ? html`<p class="muted">${t("No calls yet")}</p>`
            : nothing}
    </section>`;
  }
}

customElements.define("rw-idle", RwIdle);
