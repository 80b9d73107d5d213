/* Messages to customers, those first that did not arrive: to whom, why, when; sent again, or given up with a reason. */

import { css, html, nothing } from "../element.js";
import { t } from "../texts.js";
import { listMessages } from "./api.js";
import { readNames } from "./names.js";
import { address, follow } from "./places.js";
import "./rw-message.js";
import { View } from "./view.js";

const PAGE = 50;

const STATES = {
  failed: () => t("Not delivered"),
  queued: () => t("Waiting to be sent"),
  sent: () => t("Sent"),
  cancelled: () => t("Cancelled"),
};

const EMPTY = {
  failed: () => t("Nothing failed: every message has arrived or is on its way."),
  queued: () => t("No message waits to be sent."),
  sent: () => t("No message has been sent yet."),
  cancelled: () => t("No message was given up."),
};

export class RwMessages extends View {
  static properties = {
    /** What is shown: a state of messages, `failed` unless given. */
    state: {},
    messages: { state: true },
    names: { state: true },
    more: { state: true },
    said: { state: true },
  };

  static styles = [
    View.styles,
    css`
      .states {
        display: flex;
        flex-wrap: wrap;
        gap: 0.35rem;
      }

      .states a {
        color: var(--ink);
        font-size: var(--text);
      }

      .states a[aria-current] {
        border-color: var(--brand);
        background: var(--brand-soft);
        color: var(--brand);
        font-weight: 600;
      }
    `,
  ];

  /** Who leads may decide, too. */
  get mayChange() {
    return ["lead", "manager", "admin"].includes(this.session?.role);
  }

  get #shown() {
    return Object.hasOwn(STATES, this.state) ? this.state : "failed";
  }

  willUpdate(changes) {
    if (!changes.has("state") || changes.get("state") === undefined) return;
    [this.said, this.loading] = ["", true];
    this.load();
  }

  async read() {
    const shown = this.#shown;
    const [messages, names] = await Promise.all([listMessages({ state: shown, limit: PAGE }), readNames(this.session)]);
    if (shown !== this.#shown) return; // somebody went on meanwhile: theirs is being read
    [this.messages, this.names, this.more] = [messages, names, messages.length === PAGE];
  }

  async #earlier() {
    const earlier = await listMessages({ state: this.#shown, limit: PAGE, before: this.messages.at(-1).id });
    [this.messages, this.more] = [[...this.messages, ...earlier], earlier.length === PAGE];
  }

  async #decided({ detail }) {
    this.said = detail.said;
    await this.load();
    await this.updateComplete;
    this.renderRoot.querySelector(".said")?.focus();
  }

  #states() {
    return html`<ul class="states" aria-label=${t("Which messages")}>${Object.entries(STATES).map(
      ([state, word]) => html`<li><a class="button" href=${address("messages", state)} aria-current=${state === this.#shown ? "true" : nothing} @click=${follow("messages", state)}>${word()}</a></li>`,
    )}</ul>`;
  }

  show() {
    return html`
      <div class="head"><h1>${t("Messages to customers")}</h1>
        <div class="end"><button class="button" @click=${() => ((this.said = ""), this.load())}>${t("Look again")}</button></div></div>
      <div class="stack" @decided=${this.#decided}>
        ${this.#states()}
        ${this.#shown === "failed"
          ? html`<p class="hint">${t("A wrong number or address is corrected on the customer's card first: sent again, the message goes to the new one.")}</p>`
          : nothing}
        ${this.said ? html`<p class="notice good said" role="status" tabindex="-1">${this.said}</p>` : nothing}
        ${this.messages.length
          ? this.messages.map((one) => html`<rw-message .message=${one} .names=${this.names} ?fixed=${!this.mayChange}></rw-message>`)
          : html`<p class="panel empty">${EMPTY[this.#shown]()}</p>`}
        ${this.more ? html`<div><button class="button" @click=${this.#earlier}>${t("Earlier ones")}</button></div>` : nothing}
      </div>
    `;
  }
}

customElements.define("rw-messages", RwMessages);
