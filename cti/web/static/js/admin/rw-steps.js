/* An agent's own chain as rows: which phone, for how long, one after another. Hands up the text the server reads. */

import { RwElement, css, html, nothing } from "../element.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { sheet } from "./sheet.js";
import { ringWord } from "./words.js";

const PHONES = ["desk", "mobile", "both"];
const MOST = 6;

/** `desk:8 both:20` as `[["desk", 8], ["both", 20]]`. */
export function stepsOf(text) {
  return (text ?? "").split(" ").filter(Boolean).map((one) => [one.split(":")[0], Number(one.split(":")[1])]);
}

export class RwSteps extends RwElement {
  static properties = { steps: {}, usual: { attribute: false }, fixed: { type: Boolean } };

  static styles = [
    shared,
    sheet,
    css`
      ol {
        display: grid;
        gap: 0.5rem;
      }

      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
      }

      select.field {
        width: auto;
      }

      input.field {
        width: 5.5rem;
      }
    `,
  ];

  #tell(rows) {
    this.emit("steps", { steps: rows.map(([phone, seconds]) => `${phone}:${seconds}`).join(" ") });
  }

  #row([phone, seconds], index, rows) {
    const other = (change) => this.#tell(rows.map((row, place) => (place === index ? change(row) : row)));
    const nth = index + 1;
    return html`<li>
      <span class="muted number">${nth}.</span>
      <select class="field" aria-label=${t("Phone of step {nth}", { nth })} ?disabled=${this.fixed} @change=${({ target }) => other((row) => [target.value, row[1]])}>
        ${PHONES.map((one) => html`<option value=${one} ?selected=${one === phone}>${ringWord(one)}</option>`)}
      </select>
      <input class="field" type="number" min="1" max="120" aria-label=${t("Seconds of step {nth}", { nth })} .value=${String(seconds)} ?disabled=${this.fixed}
        @input=${({ target }) => other((row) => [row[0], Number(target.value)])}>
      <span class="muted">${t("seconds")}</span>
      ${this.fixed
        ? nothing
        : html`<button type="button" class="button plain" @click=${() => this.#tell(rows.filter((_, place) => place !== index))}
            aria-label=${t("Take step {nth} out", { nth })}>✕</button>`}
    </li>`;
  }

  render() {
    const rows = stepsOf(this.steps);
    return html`<div class="stack">
      ${rows.length
        ? html`<ol>${rows.map((row, index) => this.#row(row, index, rows))}</ol>`
        : html`<p class="hint">${this.usual}</p>`}
      ${this.fixed
        ? nothing
        : html`<div class="row">
            ${rows.length < MOST
              ? html`<button type="button" class="button" @click=${() => this.#tell([...rows, [rows.length ? "mobile" : "desk", 15]])}>${rows.length ? t("Add a step") : t("Set up a chain of one's own")}</button>`
              : nothing}
            ${rows.length ? html`<button type="button" class="button plain" @click=${() => this.#tell([])}>${t("Back to the usual chain")}</button>` : nothing}
          </div>`}
    </div>`;
  }
}

customElements.define("rw-steps", RwSteps);
