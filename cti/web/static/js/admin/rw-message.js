/* One message to a customer: where it was to go, what became of it, and what whoever leads may do about it. */

import { RwElement, css, html, nothing } from "../element.js";
import { clockTime, day, phoneNumber } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { channelWord } from "../words.js";
import { giveMessageUp, retryMessage } from "./api.js";
import { Acting } from "./list-view.js";
import { messageErrorWord } from "./message-words.js";
import { reasonForm } from "./reason-form.js";
import { sheet } from "./sheet.js";
import { sentenceOf } from "./view.js";

const when = (at) => `${day(at)} ${clockTime(at)}`;

export class RwMessage extends Acting(RwElement) {
  static properties = {
    message: { attribute: false },
    names: { attribute: false },
    fixed: { type: Boolean },
    asking: { state: true },
  };

  static styles = [
    shared,
    sheet,
    css`
      article {
        display: grid;
        gap: 0.6rem;
      }

      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0.25rem 0.75rem;
        overflow-wrap: anywhere;
      }

      .text {
        max-height: 10rem;
        overflow: auto;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }

      .why {
        color: var(--alarm);
        overflow-wrap: anywhere;
      }
    `,
  ];

  async #do(work, said) {
    if (await this.act(work)) this.emit("decided", { said });
  }

  #retry() {
    const { id, customer } = this.message;
    this.#do(() => retryMessage(id), t("The message to {customer} is sent again now.", { customer }));
  }

  #giveUp(reason) {
    const { id, customer } = this.message;
    this.#do(() => giveMessageUp(id, { reason }), t("The message to {customer} is given up.", { customer }));
  }

  async #ask() {
    [this.asking, this.fault] = [!this.asking, null];
    await this.focusOn("#reason");
  }

  #fate() {
    const { state, error, tries, tried, sent, not_before: next, decided, decided_by: by, reason, has_way: way } = this.message;
    const why = error ? html`<span class="why">${messageErrorWord(error)}</span>` : nothing;
    const often = tries ? html`<span class="muted">${tries === 1 ? t("tried once") : t("tried {count} times", { count: tries })}</span>` : nothing;
    if (state === "sent") return html`<span class="badge good">${t("sent {when}", { when: when(sent) })}</span>`;
    if (state === "cancelled")
      return html`<span class="badge">${t("given up")}</span>${reason ? html`<span>${reason}</span>` : nothing}
        ${decided ? html`<span class="muted">${this.names.login(by)} <span class="number">${when(decided)}</span></span>` : nothing}`;
    if (state === "failed")
      return html`<span class="badge open">${t("not delivered")}</span>${why}
        ${tried ? html`<span class="muted">${t("last tried {when}", { when: when(tried) })}</span>` : nothing}${often}`;
    return html`${way ? html`<span class="badge moving">${t("from {when}", { when: when(next) })}</span>` : html`<span class="badge moving">${t("no way of sending is set up")}</span>`}${why}${often}`;
  }

  #ways() {
    const { state, customer } = this.message;
    if (this.fixed || !["failed", "queued"].includes(state)) return nothing;
    return html`<div class="row">
        ${state === "failed" ? html`<button type="button" class="button ${this.asking ? "" : "main"}" ?disabled=${this.busy} aria-label=${t("Send it again to {customer}", { customer })} @click=${this.#retry}>${t("Send it again")}</button>` : nothing}
        <button type="button" class="button" aria-expanded=${Boolean(this.asking)} aria-label=${t("Give up the message to {customer}", { customer })} @click=${this.#ask}>${t("Give it up…")}</button>
      </div>
      ${this.asking
        ? reasonForm({
            label: t("Why it need not arrive"),
            hint: t("Like: told them on the telephone. It stands in the audit."),
            submit: t("Give it up"),
            busy: this.busy,
            done: (reason) => this.#giveUp(reason),
            left: () => (this.asking = false),
          })
        : nothing}`;
  }

  render() {
    const { channel, customer, target, text, created, by } = this.message;
    return html`<article class="panel">
      <div class="line"><span class="badge brand">${channelWord(channel)}</span><b>${customer || "–"}</b>
        <span class="number">${phoneNumber(target)}</span>
        <span class="muted">${by ? t("queued {when} by {who}", { when: when(created), who: this.names.login(by) }) : t("queued {when}", { when: when(created) })}</span></div>
      <p class="text" tabindex="0" role="group" aria-label=${t("What it says")}>${text}</p>
      <div class="line">${this.#fate()}</div>
      ${this.#ways()}
      ${this.fault ? html`<div class="notice bad" role="alert">${sentenceOf(this.fault)}</div>` : nothing}
    </article>`;
  }
}

customElements.define("rw-message", RwMessage);
