/* Messages to customers, those first that did not arrive: to whom, why, when; sent again, or given up with a reason. */

import { css, html, nothing, repeat } from "../element.js";
import { t } from "../texts.js";
import { listMessages } from "./api.js";
import { ListView } from "./list-view.js";
import { address, follow } from "./places.js";
import "./rw-message.js";
import { sentenceOf } from "./view.js";

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

export class RwMessages extends ListView {
  static properties = {
    /** What is shown: a state of messages, `failed` unless given. */
    state: {},
    more: { state: true },
  };

  static styles = [
    ListView.styles,
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
    if (changes.has("state") && changes.get("state") !== undefined) this.turn();
  }

  async list() {
    const messages = await listMessages({ state: this.#shown, limit: PAGE });
    this.more = messages.length === PAGE;
    return messages;
  }

  async #earlier() {
    await this.act(async () => {
      const earlier = await listMessages({ state: this.#shown, limit: PAGE, before: this.rows.at(-1).id });
      [this.rows, this.more] = [[...this.rows, ...earlier], earlier.length === PAGE];
    });
  }

  async #decided({ detail }) {
    await this.change(() => {}, detail.said);
    await this.focusOn(".said");
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
        ${this.rows.length
          ? repeat(this.rows, ({ id }) => id, (one) => html`<rw-message .message=${one} .names=${this.names} ?fixed=${!this.mayChange}></rw-message>`)
          : html`<p class="panel empty">${EMPTY[this.#shown]()}</p>`}
        ${this.fault ? html`<p class="notice bad" role="alert">${sentenceOf(this.fault)}</p>` : nothing}
        ${this.more ? html`<div><button class="button" @click=${this.#earlier}>${t("Earlier ones")}</button></div>` : nothing}
      </div>
    `;
  }
}

customElements.define("rw-messages", RwMessages);
