/* What came in by other channels and is nobody's yet, the oldest first: each is given to its customer, or its sender
   becomes a prospect. */

import { html, nothing } from "../element.js";
import { t } from "../texts.js";
import { listWaiting } from "./api.js";
import { readNames } from "./names.js";
import "./rw-waiting-message.js";
import { View } from "./view.js";

const MOST = 200; // as many as the server tells at once

export class RwWaiting extends View {
  static properties = { messages: { state: true }, names: { state: true }, said: { state: true } };

  /** Who leads may say whose a message is, too. */
  get mayChange() {
    return ["lead", "manager", "admin"].includes(this.session?.role);
  }

  async read() {
    [this.messages, this.names] = await Promise.all([listWaiting(MOST), readNames(this.session)]);
  }

  async #settled({ detail }) {
    this.said = detail.said;
    await this.load();
    await this.updateComplete;
    this.renderRoot.querySelector(".said")?.focus();
  }

  show() {
    return html`
      <div class="head"><h1>${t("Waiting messages")}</h1>
        <div class="end"><button class="button" @click=${() => ((this.said = ""), this.load())}>${t("Look again")}</button></div></div>
      <div class="stack" @settled=${this.#settled} @changed=${() => this.load()}>
        <p class="hint">${t("Messages of senders who are unknown, or could be several people. They stand on the customer's time line as soon as somebody says whose they are.")}</p>
        ${this.said ? html`<p class="notice good said" role="status" tabindex="-1">${this.said}</p>` : nothing}
        ${this.messages.length
          ? this.messages.map(
              (one) => html`<rw-waiting-message .message=${one} .names=${this.names} ?fixed=${!this.mayChange}></rw-waiting-message>`,
            )
          : html`<p class="panel empty">${t("No message waits: all have found their customer.")}</p>`}
        ${this.messages.length === MOST ? html`<p class="hint">${t("There are more; they follow when these are settled.")}</p>` : nothing}
      </div>
    `;
  }
}

customElements.define("rw-waiting", RwWaiting);
