/* The lines to the carriers: whether each answers now, whose number it shows on mobiles, and what its carrier refused. */

import { css, html, nothing } from "../element.js";
import { clockTime, day, listed } from "../formats.js";
import { t } from "../texts.js";
import { listTrunks, resetTrunk } from "./api.js";
import { ListView } from "./list-view.js";
import { sentenceOf } from "./view.js";
import { word } from "./words.js";

const FORMS = {
  customer: () => t("the customer's number"),
  diversion: () => t("the customer's number, the firm's in Diversion"),
  asserted: () => t("the customer's number, the firm's in Diversion and P-Asserted-Identity"),
  company: () => t("the firm's number"),
};

const when = (at) => `${day(at)} ${clockTime(at)}`;

export class RwTrunks extends ListView {
  static styles = [
    ListView.styles,
    css`
      .forms {
        display: grid;
        gap: 0.2rem;
        padding-inline-start: 1.4rem;
        font-size: var(--text);
        list-style: decimal;
      }

      .forms b {
        color: var(--brand);
      }
    `,
  ];

  list() {
    return listTrunks();
  }

  #reset(trunk) {
    return this.change(() => resetTrunk(trunk), t("Forgotten: the next call over {trunk} shows the first number again.", { trunk }));
  }

  #refusal({ withheld, form, refused, status, at, until }) {
    const about = { refused: word(FORMS, refused), form: word(FORMS, form), status, at: when(at), until: when(until) };
    return html`<p class="notice warn">${withheld
      ? t("Of callers who withhold their number the carrier refused since {at} ({status}): {refused}. Until {until} mobiles are shown first: {form}.", about)
      : t("The carrier refused since {at} ({status}): {refused}. Until {until} mobiles are shown first: {form}.", about)}</p>`;
  }

  #trunk(one) {
    return html`<section class="panel stack">
      <div class="line"><h2>${one.trunk}</h2><span class="number muted">${one.address}</span>
        ${one.answers ? html`<span class="badge good" title=${one.answers}>${t("answers")}</span>` : html`<span class="badge open">${t("does not answer")}</span>`}
        ${one.numbers.length ? html`<span class="muted">${t("first for numbers that begin with {numbers}", { numbers: listed(one.numbers) })}</span>` : nothing}</div>
      <div class="one"><span class="label">${t("What mobiles are shown, in this order")}</span>
        <ol class="forms">${one.forms.map((form) => html`<li>${form === one.begins_with ? html`<b>${word(FORMS, form)}</b> <span class="badge brand">${t("now")}</span>` : word(FORMS, form)}</li>`)}</ol></div>
      ${one.learnt.map((fact) => this.#refusal(fact))}
      ${one.asked_switch ? nothing : html`<p class="hint">${t("Asterisk could not be asked what the carrier refused.")}</p>`}
      ${one.learnt.length && this.mayChange
        ? html`<div><button class="button" ?disabled=${this.busy} aria-label=${t("Forget what {trunk} refused", { trunk: one.trunk })} @click=${() => this.#reset(one.trunk)}>${t("Forget it, and try the first again")}</button></div>`
        : nothing}
    </section>`;
  }

  show() {
    return html`
      <div class="head"><h1>${t("Lines to the carriers")}</h1>
        <div class="end"><button class="button" @click=${() => ((this.said = ""), this.load())}>${t("Look again")}</button></div></div>
      <div class="stack">
        <p class="hint">${t("Calls to mobiles and outside go over the first line that answers. Lines are set up in ringward.toml.")}</p>
        ${this.said ? html`<p class="notice good" role="status">${this.said}</p>` : nothing}
        ${this.fault ? html`<p class="notice bad" role="alert">${sentenceOf(this.fault)}</p>` : nothing}
        ${this.rows.map((one) => this.#trunk(one))}
      </div>
    `;
  }
}

customElements.define("rw-trunks", RwTrunks);
