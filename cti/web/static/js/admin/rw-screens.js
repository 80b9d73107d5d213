/* The screens that show the wallboard without a log-in: a new one's link is shown once; each is listed and revoked. */

import { css, html, nothing } from "../element.js";
import { clockTime, day } from "../formats.js";
import { t } from "../texts.js";
import { addScreen, listScreens, revokeScreen } from "./api.js";
import { ListView } from "./list-view.js";
import { field, sentenceOf } from "./view.js";

export class RwScreens extends ListView {
  static properties = {
    made: { state: true },
    asked: { state: true },
  };

  static styles = [
    ListView.styles,
    css`
      .made .field {
        flex: 1 1 16rem;
        width: auto;
        font-family: ui-monospace, monospace;
      }
    `,
  ];

  list() {
    return listScreens();
  }

  async #add(event) {
    event.preventDefault();
    const form = event.target;
    const { label } = Object.fromEntries(new FormData(form));
    const done = await this.change(async () => {
      this.made = await addScreen({ label });
      form.reset();
    });
    await this.focusOn(done ? "#link" : "#label");
  }

  #revoke(label) {
    return this.change(async () => {
      await revokeScreen(label);
      this.asked = null;
      if (this.made?.label === label) this.made = null;
    }, t("The screen {label} is dark now.", { label }));
  }

  async #ask(label) {
    this.asked = label;
    await this.focusOn(".sure button");
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.made.address);
      this.said = t("The link is copied.");
    } catch {
      this.focusOn("#link"); // it is marked: Ctrl+C does the rest
    }
  }

  #link() {
    const { label, address } = this.made;
    return html`<div class="notice good made" role="group" aria-label=${t("The link of {label}", { label })}>
      <label for="link"><b>${t("Open this link on the screen {label}. It is shown only now.", { label })}</b></label>
      <div class="row">
        <input class="field" id="link" readonly .value=${address} @focus=${({ target }) => target.select()}>
        ${navigator.clipboard ? html`<button type="button" class="button main" @click=${this.#copy}>${t("Copy")}</button>` : nothing}
        <button type="button" class="button" @click=${() => (this.made = null)}>${t("Done")}</button>
      </div>
    </div>`;
  }

  #sure(label) {
    return html`<div class="notice warn sure" role="group" aria-label=${t("Revoke {label}", { label })}>
      <span>${t("The screen goes dark at once, and its link never works again.")}</span>
      <div class="row"><button class="button main" ?disabled=${this.busy} @click=${() => this.#revoke(label)}>${t("Yes, revoke it")}</button>
        <button class="button" @click=${() => (this.asked = null)}>${t("Leave it as it is")}</button></div>
    </div>`;
  }

  #screen(one) {
    const when = (at) => `${day(at)} ${clockTime(at)}`;
    return html`<li>
      <div class="line"><b>${one.label}</b>
        ${one.showing
          ? html`<span class="badge good">${t("shows the wall now")}</span>`
          : html`<span class="badge">${one.used ? t("last seen {when}", { when: when(one.used) }) : t("never opened")}</span>`}
        <span class="muted">${t("made {when} by {who}", { when: when(one.created), who: this.names.login(one.by) })}</span>
        <button class="button plain end" aria-label=${t("Revoke {label}", { label: one.label })} @click=${() => this.#ask(one.label)}>${t("Revoke…")}</button></div>
      ${this.asked === one.label ? this.#sure(one.label) : nothing}
    </li>`;
  }

  show() {
    const fault = this.fault?.told?.field === "label" || this.fault?.code === "refused" ? sentenceOf(this.fault) : "";
    return html`
      <div class="head"><h1>${t("Wallboard screens")}</h1></div>
      <div class="stack">
        <p class="hint">${t("A screen shows the wallboard by its link, without a log-in, and reads nothing else.")}</p>
        <section class="panel stack">
          <form @submit=${this.#add}>
            ${field({
              name: "label",
              label: t("New screen"),
              hint: t("Where it hangs, like: sales floor."),
              fault,
              control: html`<input class="field" id="label" name="label" maxlength="60" required autocomplete="off" aria-invalid=${fault ? "true" : "false"} aria-describedby=${fault ? "label-fault" : "label-hint"}>`,
            })}
            <div class="wide"><button class="button main" ?disabled=${this.busy}>${t("Make its link")}</button></div>
          </form>
          ${this.made ? this.#link() : nothing}
          ${this.said ? html`<span class="hint" role="status">${this.said}</span>` : nothing}
          ${this.fault && !fault ? html`<p class="notice bad" role="alert">${sentenceOf(this.fault)}</p>` : nothing}
        </section>
        <section class="panel">
          ${this.rows.length
            ? html`<ul class="rows">${this.rows.map((one) => this.#screen(one))}</ul>`
            : html`<p class="empty">${t("No screen has a link yet.")}</p>`}
        </section>
      </div>
    `;
  }
}

customElements.define("rw-screens", RwScreens);
