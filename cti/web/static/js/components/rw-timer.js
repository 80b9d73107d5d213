/* A running time since an instant of the server's clock; stands still when given an end. */

import { RwElement, css, html } from "../element.js";
import { duration } from "../formats.js";

export class RwTimer extends RwElement {
  static properties = { since: {}, until: {}, skew: { type: Number } };

  static styles = css`
    :host {
      font-variant-numeric: tabular-nums;
    }
  `;

  connectedCallback() {
    super.connectedCallback();
    this.tick = setInterval(() => this.until || this.requestUpdate(), 1000);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.tick);
  }

  render() {
    const end = this.until ? Date.parse(this.until) : Date.now() + (this.skew || 0);
    return html`<span role="timer" aria-live="off">${this.since ? duration(end - Date.parse(this.since)) : ""}</span>`;
  }
}

customElements.define("rw-timer", RwTimer);
