/* The keys, and what the colours mean. Stands over a corner of the page and takes nothing from it. */

import { RwElement, css, focused, html } from "../element.js";
import { icon } from "../icons.js";
import { composing } from "../keys.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

const KEYS = [
  [["/"], () => t("Find a customer")],
  [["Ctrl", "K"], () => t("Palette: everything by typing")],
  [["Ctrl", "Enter"], () => t("Save the note or the wrap-up")],
  [["↑", "↓"], () => t("Between matches and results")],
  [["Enter"], () => t("Take the chosen one")],
  [["Esc"], () => t("Close what opened; a draft is kept")],
  [["Alt", "N"], () => t("To the note")],
  [["?"], () => t("This help")],
];

export class RwHelp extends RwElement {
  static styles = [
    shared,
    css`
      :host {
        position: fixed;
        z-index: 25;
        inset-block-end: 1rem;
        inset-inline-end: 1rem;
        width: min(26rem, calc(100vw - 2rem));
      }

      section {
        max-height: calc(100vh - 2rem);
        padding: 0.75rem 1rem 1rem;
        border-color: var(--line-strong);
        box-shadow: 0 12px 48px rgb(0 0 0 / 28%);
        overflow: auto;
      }

      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }

      h2 {
        font-size: var(--text-large);
      }

      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.45rem 1rem;
        align-items: baseline;
        margin: 0.4rem 0 0.7rem;
        font-size: var(--text);
      }

      dt {
        white-space: nowrap;
      }

      kbd {
        display: inline-block;
        min-width: 1.6rem;
        padding: 0.05rem 0.4rem;
        border: 1px solid var(--line-strong);
        border-bottom-width: 2px;
        border-radius: 4px;
        background: var(--sunken);
        font: inherit;
        font-size: var(--text-small);
        text-align: center;
      }

      p {
        color: var(--muted);
        font-size: var(--text-small);
      }
    `,
  ];

  firstUpdated() {
    this.before = focused();
    this.renderRoot.querySelector("button").focus();
  }

  #close() {
    this.emit("close");
    if (this.before?.isConnected) this.before.focus?.();
  }

  render() {
    return html`<section class="panel" role="dialog" aria-label=${t("Keys and help")}
      @keydown=${(event) => event.key === "Escape" && !composing(event) && this.#close()}>
      <div class="head"><h2>${t("Keys and help")}</h2>
        <button class="button plain" aria-label=${t("Close")} @click=${this.#close}>${icon("close")}</button></div>
      <dl>${KEYS.map(([keys, says]) => html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${says()}</dd>`)}</dl>
      <p>${t("No single key ever ends a call. While an input method composes, every key belongs to it.")}</p>
    </section>`;
  }
}

customElements.define("rw-help", RwHelp);
