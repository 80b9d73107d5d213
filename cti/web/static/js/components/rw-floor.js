/* Colleagues' calls, for whom leads and for mentors: who talks with whom, and listening to it. */

import { RwElement, css, html, nothing, repeat } from "../element.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { callWord, label } from "../words.js";
import "./rw-timer.js";

export class RwFloor extends RwElement {
  static properties = { calls: { attribute: false }, desk: { attribute: false }, skew: { attribute: false } };

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

      li {
        display: grid;
        gap: 0.2rem;
        padding: 0.5rem 0.6rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
        font-size: var(--text);
      }

      .state {
        display: flex;
        justify-content: space-between;
        gap: 0.5rem;
        color: var(--muted);
        font-size: var(--text-small);
      }

      .button {
        justify-self: start;
        min-height: 2.25rem;
      }
    `,
  ];

  #listen(call) {
    this.desk.forgetFailure();
    this.desk.control.watch(call.call_id, call.agent, "listen").catch((error) => this.desk.fail(error));
  }

  #item(call) {
    const name = this.desk.agentName(call.agent);
    return html`<li><span><b>${name}</b> · ${call.who || t("Unknown caller")}</span>
      <span class="state"><span>${label(callWord(call.state, call.direction))}</span>
        <rw-timer .since=${call.since} .skew=${this.skew}></rw-timer></span>
      ${call.state === "talking"
        ? html`<button class="button" aria-label=${t("Listen to {name}", { name })} @click=${() => this.#listen(call)}>${t("Listen")}</button>`
        : nothing}</li>`;
  }

  render() {
    return html`<section class="panel">
      <h2 class="heading">${t("Colleagues' calls")}</h2>
      <ul>${repeat(this.calls, (call) => `${call.call_id} ${call.agent}`, (call) => this.#item(call))}</ul>
    </section>`;
  }
}

customElements.define("rw-floor", RwFloor);
