/* One's own ways of getting pocket cards: this phone's notices, LINE, short message, mail; their order, and a test. */

import { RwElement, css, html, nothing } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { addWay, listWays, orderWays, removeWay, testWay } from "./ways-api.js";
import { worker } from "./worker.js";

const KINDS = {
  push: () => t("Notice of the browser"),
  line: () => t("LINE"),
  sms: () => t("Short message"),
  mail: () => t("E-mail"),
  log: () => t("The daemon's log"),
};

const ASKED = {
  line: () => t("LINE user id (U…)"),
  sms: () => t("Mobile number"),
  mail: () => t("Mail address"),
};

export class RwPocketWays extends RwElement {
  static properties = {
    ways: { state: true },
    failure: { state: true },
    done: { state: true },
    busy: { state: true },
    kind: { state: true },
  };

  static styles = [
    shared,
    css`
      main {
        display: grid;
        gap: 1rem;
        max-width: 34rem;
        margin-inline: auto;
        padding: 1rem 1rem 2rem;
      }

      h1 {
        font-size: 1.5rem;
      }

      h2 {
        font-size: 1.125rem;
      }

      .button {
        min-height: 3rem;
        font-size: 1rem;
      }

      ol {
        display: grid;
        gap: 0.75rem;
      }

      li {
        display: grid;
        gap: 0.5rem;
        padding: 0.8rem 1rem;
      }

      li b {
        font-size: 1.125rem;
      }

      li p {
        overflow-wrap: anywhere;
      }

      .do {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
      }

      form {
        display: grid;
        gap: 0.6rem;
        padding: 1rem;
      }

      .field {
        min-height: 3rem;
        font-size: 1rem;
      }

      a {
        justify-self: start;
        padding: 0.75rem 0;
        color: var(--brand);
        font-weight: 600;
      }

      .done {
        color: var(--talk);
        font-weight: 600;
      }
    `,
  ];

  connectedCallback() {
    super.connectedCallback();
    this.#do(listWays);
  }

  async #do(work, done = "") {
    this.busy = true;
    this.failure = this.done = "";
    try {
      const answer = await work();
      if (answer.channels) this.ways = answer;
      this.done = done;
      return answer;
    } catch (error) {
      if (error.status === 401) location.assign("/");
      this.failure = error.message || t("That did not work. Try again.");
      return null;
    } finally {
      this.busy = false;
    }
  }

  /* Asks the browser for its leave, which it only gives after a tap, and the server to use it. */
  async #notices() {
    const registered = await worker;
    if (!registered || !("PushManager" in window)) {
      this.failure = t("This browser has no notices. On an iPhone, add this page to the home screen first.");
      return;
    }
    if ((await Notification.requestPermission()) !== "granted") {
      this.failure = t("The browser forbids notices; allow them in its settings for this page.");
      return;
    }
    await this.#do(async () => {
      const ready = await navigator.serviceWorker.ready;
      const subscription = await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: this.ways.push_key });
      return addWay("push", JSON.stringify(subscription), navigator.userAgentData?.platform ?? navigator.platform ?? "");
    }, t("This phone will be told of calls."));
  }

  async #add(event) {
    event.preventDefault();
    const form = event.target;
    const added = await this.#do(() => addWay(this.#kind(), form.elements.target.value), t("Added."));
    if (added) form.reset();
  }

  async #test(way) {
    const answer = await this.#do(() => testWay(way.id));
    if (!answer) return;
    if (answer.sent) this.done = t("Sent. It should arrive within seconds.");
    else this.failure = t("Not sent: {reason}", { reason: answer.failure });
  }

  #up(place) {
    const order = this.ways.channels.map(({ id }) => id);
    [order[place - 1], order[place]] = [order[place], order[place - 1]];
    return this.#do(() => orderWays(order));
  }

  #kind() {
    const offered = this.#offered();
    return offered.includes(this.kind) ? this.kind : offered[0];
  }

  #offered() {
    return this.ways.kinds.filter((kind) => Object.hasOwn(ASKED, kind));
  }

  #way(way, place) {
    return html`<li class="panel">
      <b>${place + 1}. ${KINDS[way.kind]?.() ?? way.kind}</b>
      <p class="muted">${way.to}${way.label ? html` · ${way.label}` : nothing}</p>
      ${way.failure ? html`<p class="error">${t("Last try: {reason}", { reason: way.failure })}</p>` : nothing}
      ${way.id === null
        ? html`<p class="muted">${t("The firm's usual way, until you set your own.")}</p>`
        : html`<div class="do">
            <button class="button" ?disabled=${this.busy} @click=${() => this.#test(way)}>${t("Test")}</button>
            ${place ? html`<button class="button" ?disabled=${this.busy} @click=${() => this.#up(place)}>${t("Try earlier")}</button>` : nothing}
            <button class="button plain" ?disabled=${this.busy} @click=${() => this.#do(() => removeWay(way.id))}>${icon("close")}${t("Remove")}</button>
          </div>`}
    </li>`;
  }

  #form() {
    const offered = this.#offered();
    if (!offered.length) return nothing;
    const kind = this.#kind();
    return html`<form class="panel" @submit=${(event) => this.#add(event)}>
      <h2>${t("Add a way")}</h2>
      <label class="sr" for="kind">${t("Way")}</label>
      <select id="kind" class="field" @change=${(event) => (this.kind = event.target.value)}>
        ${offered.map((one) => html`<option value=${one} ?selected=${one === kind}>${KINDS[one]()}</option>`)}
      </select>
      <label for="target">${ASKED[kind]()}</label>
      <input id="target" name="target" class="field" required autocomplete="off" inputmode=${{ sms: "tel", mail: "email" }[kind] ?? "text"}>
      <button class="button main" ?disabled=${this.busy}>${t("Add")}</button>
    </form>`;
  }

  render() {
    const { ways } = this;
    return html`<main>
      <h1>${t("Pocket card: my ways")}</h1>
      <p>${t("When your mobile rings, a link to the caller's card comes by the first of these that works.")}</p>
      <div aria-live="polite">
        ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
        ${this.done ? html`<p class="done">${this.done}</p>` : nothing}
      </div>
      ${ways
        ? html`
            ${ways.push_key ? html`<button class="button main" ?disabled=${this.busy} @click=${() => this.#notices()}>${t("Notify this phone")}</button>` : nothing}
            ${ways.channels.length ? html`<ol>${ways.channels.map((way, place) => this.#way(way, place))}</ol>` : html`<p class="error">${t("No way is set: your mobile would ring without a card.")}</p>`}
            ${this.#form()}`
        : html`<p role="status">${t("One moment …")}</p>`}
      <a href="/">${t("Open my page")}</a>
    </main>`;
  }
}

customElements.define("rw-pocket-ways", RwPocketWays);
