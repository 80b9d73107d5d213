/* One message that waits for its customer: what it says, whom it may be from, and the ways to settle it; or one that was
   dismissed, and the way back. */

import { RwElement, css, html, nothing } from "../element.js";
import { clockTime, day, phoneNumber } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { channelWord } from "../words.js";
import "../components/rw-search.js";
import { assignWaiting, dismissWaiting, makeProspect, restoreWaiting } from "./api.js";
import { Acting } from "./list-view.js";
import { reasonForm } from "./reason-form.js";
import { sheet } from "./sheet.js";
import { field, sentenceOf } from "./view.js";

export class RwWaitingMessage extends Acting(RwElement) {
  static properties = {
    message: { attribute: false },
    names: { attribute: false },
    fixed: { type: Boolean },
    picked: { state: true },
    making: { state: true },
    dismissing: { state: true },
  };

  static styles = [
    shared,
    sheet,
    css`
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0.25rem 0.75rem;
        overflow-wrap: anywhere;
      }

      .text {
        max-height: 14rem;
        overflow: auto;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }

      .link {
        overflow-wrap: anywhere;
      }

      rw-search {
        flex: 1 1 16rem;
        max-width: 26rem;
      }
    `,
  ];

  async #pick(customer, name) {
    [this.picked, this.making, this.dismissing, this.fault] = [{ customer, name }, false, false, null];
    await this.focusOn(".sure button");
  }

  async #do(work, said) {
    if (await this.act(work)) this.emit("settled", { said });
  }

  #assign() {
    const { customer, name } = this.picked;
    this.#do(() => assignWaiting(this.message.id, customer), t("It stands on the time line of {name}.", { name }));
  }

  #make(event) {
    event.preventDefault();
    const { name, owner } = Object.fromEntries(new FormData(event.target));
    this.#do(
      () => makeProspect(this.message.id, { name, owner: owner || null }),
      t("{name} is a prospect now; the message stands on their time line.", { name: name.trim() }),
    );
  }

  async #opened() {
    [this.making, this.dismissing, this.picked] = [!this.making, false, null];
    await this.focusOn("#name");
  }

  async #asked() {
    [this.dismissing, this.making, this.picked] = [!this.dismissing, false, null];
    await this.focusOn("#reason");
  }

  #dismiss(reason) {
    this.#do(() => dismissWaiting(this.message.id, { reason }), t("The message is dismissed; it stands among the dismissed ones."));
  }

  #restore() {
    this.#do(() => restoreWaiting(this.message.id), t("The message waits again."));
  }

  #sender() {
    const { name, number, email } = this.message;
    const known = [name, number && phoneNumber(number), email].filter(Boolean);
    return known.length ? known.map((one, at) => (at ? html`<span class="number">${one}</span>` : html`<b>${one}</b>`)) : html`<b>${t("Sender unknown")}</b>`;
  }

  #may() {
    const { may_be: found } = this.message;
    if (!found.length) return nothing;
    return html`<div class="one" role="group" aria-label=${t("It may be from")}>
      <span class="label">${t("It may be from")}</span>
      <div class="row">${found.map(
        (one) => html`<button type="button" class="button" aria-pressed=${this.picked?.customer === one.customer_id} @click=${() => this.#pick(one.customer_id, one.name)}>${one.name}
          ${one.owner ? html`<span class="muted">${this.names.person(one.owner)}</span>` : nothing}</button>`,
      )}</div>
    </div>`;
  }

  #sure() {
    const { name } = this.picked;
    return html`<div class="notice sure" role="group" aria-label=${t("Is it from {name}?", { name })}>
      <b>${t("Is it from {name}?", { name })}</b>
      <div class="row">
        <button type="button" class="button main" ?disabled=${this.busy} @click=${this.#assign}>${t("Yes, put it on their time line")}</button>
        <button type="button" class="button" ?disabled=${this.busy} @click=${() => (this.picked = null)}>${t("No")}</button>
      </div>
    </div>`;
  }

  #prospect() {
    const people = [...this.names.active];
    return html`<form class="notice" @submit=${this.#make}>
      ${field({ name: "name", label: t("What the sender is called"), control: html`<input class="field" id="name" name="name" maxlength="200" required autocomplete="off" .value=${this.message.name}>` })}
      ${field({
        name: "owner",
        label: t("Who looks after them"),
        control: html`<select class="field" id="owner" name="owner"><option value="">${t("nobody yet")}</option>
          ${people.map((code) => html`<option value=${code}>${this.names.person(code)}</option>`)}</select>`,
      })}
      <div class="wide row"><button class="button main" ?disabled=${this.busy}>${t("Make a prospect")}</button>
        <span class="hint">${t("The number and the address of the message are kept with them.")}</span></div>
    </form>`;
  }

  #ways() {
    const desk = { agentName: (code) => this.names.person(code) };
    return html`${this.#may()}
      <div class="one"><span class="label">${this.message.may_be.length ? t("Or another customer") : t("Whose is it?")}</span>
        <div class="row">
          <rw-search .desk=${desk} label=${t("Find the customer of message {id}", { id: this.message.id })} @pick=${(event) => {
            event.stopPropagation();
            this.#pick(event.detail.customer, event.detail.name);
          }}></rw-search>
          <button type="button" class="button" aria-expanded=${Boolean(this.making)} @click=${this.#opened}>${t("New prospect")}</button>
          <button type="button" class="button" aria-expanded=${Boolean(this.dismissing)} @click=${this.#asked}>${t("Dismiss…")}</button>
        </div></div>
      ${this.picked ? this.#sure() : nothing} ${this.making ? this.#prospect() : nothing}
      ${this.dismissing
        ? reasonForm({
            label: t("Why it is no customer's"),
            hint: t("Like: advertising. It stands in the audit, and the message can be taken back."),
            submit: t("Dismiss it"),
            busy: this.busy,
            done: (reason) => this.#dismiss(reason),
            left: () => (this.dismissing = false),
          })
        : nothing}`;
  }

  #gone() {
    const { dismissed, dismissed_by: by, reason } = this.message;
    return html`<div class="line"><span class="badge">${t("dismissed")}</span><span>${reason}</span>
        <span class="muted">${this.names.login(by)} <span class="number">${day(dismissed)} ${clockTime(dismissed)}</span></span></div>
      ${this.fixed ? nothing : html`<div><button type="button" class="button" ?disabled=${this.busy} @click=${this.#restore}>${t("Take it back")}</button></div>`}`;
  }

  render() {
    const { at, channel, source, agent, text, attachments } = this.message;
    return html`<article class="panel stack">
      <div class="line"><span class="badge brand">${channelWord(channel)}</span>${this.#sender()}
        <span class="number muted">${day(at)} ${clockTime(at)}</span>
        ${source && source !== "api" ? html`<span class="muted">${source}</span>` : nothing}
        ${agent ? html`<span class="muted">${this.names.person(agent)}</span>` : nothing}</div>
      <p class="text" tabindex="0" role="group" aria-label=${t("What it says")}>${text}</p>
      ${attachments.map((link) => html`<a class="link" href=${link} target="_blank" rel="noopener noreferrer">${link}</a>`)}
      ${this.message.dismissed ? this.#gone() : this.fixed ? nothing : this.#ways()}
      ${this.fault
        ? html`<div class="notice bad" role="alert"><span>${sentenceOf(this.fault)}</span>
            ${this.fault.code === "refused" ? html`<div><button type="button" class="button" @click=${() => this.emit("changed")}>${t("Look again")}</button></div>` : nothing}</div>`
        : nothing}
    </article>`;
  }
}

customElements.define("rw-waiting-message", RwWaitingMessage);
