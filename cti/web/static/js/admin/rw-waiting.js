/* What came in by other channels and is nobody's yet, the oldest first: each is given to its customer, its sender becomes
   a prospect, or it is dismissed. What was dismissed is taken back. */

import { html, nothing } from "../element.js";
import { t } from "../texts.js";
import { listWaiting } from "./api.js";
import { readNames } from "./names.js";
import { address, follow } from "./places.js";
import "./rw-waiting-message.js";
import { View } from "./view.js";

const MOST = 200; // as many as the server tells at once

export class RwWaiting extends View {
  static properties = {
    /** Those that were dismissed, the latest first, instead of those that wait. */
    dismissed: { type: Boolean },
    messages: { state: true },
    names: { state: true },
    said: { state: true },
  };

  constructor() {
    super();
    this.dismissed = false;
  }

  /** Who leads may say whose a message is, too. */
  get mayChange() {
    return ["lead", "manager", "admin"].includes(this.session?.role);
  }

  willUpdate(changes) {
    if (!changes.has("dismissed") || changes.get("dismissed") === undefined) return;
    [this.said, this.loading] = ["", true];
    this.load();
  }

  async read() {
    const dismissed = this.dismissed;
    const [messages, names] = await Promise.all([listWaiting(MOST, dismissed || undefined), readNames(this.session)]);
    if (dismissed === this.dismissed) [this.messages, this.names] = [messages, names];
  }

  async #settled({ detail }) {
    this.said = detail.said;
    await this.load();
    await this.updateComplete;
    this.renderRoot.querySelector(".said")?.focus();
  }

  #head() {
    if (this.dismissed)
      return html`<div class="head"><h1>${t("Dismissed messages")}</h1>
        <div class="end"><a class="button" href=${address("waiting")} @click=${follow("waiting")}>${t("Those that wait")}</a></div></div>`;
    return html`<div class="head"><h1>${t("Waiting messages")}</h1>
      <div class="end"><a class="button" href=${address("waiting", "dismissed")} @click=${follow("waiting", "dismissed")}>${t("Dismissed ones")}</a>
        <button class="button" @click=${() => ((this.said = ""), this.load())}>${t("Look again")}</button></div></div>`;
  }

  show() {
    return html`
      ${this.#head()}
      <div class="stack" @settled=${this.#settled} @changed=${() => this.load()}>
        <p class="hint">${this.dismissed
          ? t("Messages that somebody said are no customer's. Taken back, they wait again.")
          : t("Messages of senders who are unknown, or could be several people. They stand on the customer's time line as soon as somebody says whose they are.")}</p>
        ${this.said ? html`<p class="notice good said" role="status" tabindex="-1">${this.said}</p>` : nothing}
        ${this.messages.length
          ? this.messages.map(
              (one) => html`<rw-waiting-message .message=${one} .names=${this.names} ?fixed=${!this.mayChange}></rw-waiting-message>`,
            )
          : html`<p class="panel empty">${this.dismissed ? t("No message was dismissed.") : t("No message waits: all have found their customer.")}</p>`}
        ${this.messages.length === MOST && !this.dismissed ? html`<p class="hint">${t("There are more; they follow when these are settled.")}</p>` : nothing}
      </div>
    `;
  }
}

customElements.define("rw-waiting", RwWaiting);
