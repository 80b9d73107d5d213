/* What came in by other channels and is nobody's yet, the oldest first: each is given to its customer, its sender becomes
   a prospect, or it is dismissed. What was dismissed is taken back. */

import { html, nothing, repeat } from "../element.js";
import { t } from "../texts.js";
import { listWaiting } from "./api.js";
import { ListView } from "./list-view.js";
import { address, follow } from "./places.js";
import "./rw-waiting-message.js";

const MOST = 200; // as many as the server tells at once

export class RwWaiting extends ListView {
  static properties = {
    /** Those that were dismissed, the latest first, instead of those that wait. */
    dismissed: { type: Boolean },
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
    if (changes.has("dismissed") && changes.get("dismissed") !== undefined) this.turn();
  }

  list() {
    return listWaiting(MOST, this.dismissed || undefined);
  }

  async #settled({ detail }) {
    await this.change(() => {}, detail.said);
    await this.focusOn(".said");
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
        ${this.rows.length
          ? repeat(
              this.rows,
              ({ id }) => id, // what one began with a message is not gone on with at the next
              (one) => html`<rw-waiting-message .message=${one} .names=${this.names} ?fixed=${!this.mayChange}></rw-waiting-message>`,
            )
          : html`<p class="panel empty">${this.dismissed ? t("No message was dismissed.") : t("No message waits: all have found their customer.")}</p>`}
        ${this.rows.length === MOST && !this.dismissed ? html`<p class="hint">${t("There are more; they follow when these are settled.")}</p>` : nothing}
      </div>
    `;
  }
}

customElements.define("rw-waiting", RwWaiting);
