/* Says, across the page, that what is shown may be old because the line to the server is lost. */

import { RwElement, css, html, nothing } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

export class RwBanner extends RwElement {
  static properties = { connection: { attribute: false } };

  static styles = [
    shared,
    css`
      div {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 0.6rem;
        padding: 0.5rem 1rem;
        border-bottom: 1px solid var(--ring-line);
        background: var(--ring-soft);
        color: var(--ring);
        font-size: var(--text);
        font-weight: 600;
      }
    `,
  ];

  render() {
    return html`<section role="status" aria-live="polite">
      ${this.connection === "lost"
        ? html`<div>${icon("warning")}<span>${t("Connection lost. Reconnecting — phones still ring, and drafts are kept.")}</span></div>`
        : nothing}
    </section>`;
  }
}

customElements.define("rw-banner", RwBanner);
