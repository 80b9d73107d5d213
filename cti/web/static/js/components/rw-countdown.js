/* A time that runs out: how much of it is left, in figures and as a bar. Says nothing aloud each second. */

import { RwElement, css, html } from "../element.js";
import { duration } from "../formats.js";

export class RwCountdown extends RwElement {
  static properties = { until: {}, seconds: { type: Number }, skew: { type: Number }, label: {} };

  static styles = css`
    :host {
      display: grid;
      gap: 0.2rem;
    }

    span {
      font-variant-numeric: tabular-nums;
    }

    progress {
      appearance: none;
      width: 100%;
      height: 5px;
      border: 0;
      border-radius: 3px;
      background: var(--line);
      overflow: hidden;
    }

    progress::-webkit-progress-bar {
      background: color-mix(in srgb, currentColor 20%, transparent);
    }

    progress::-webkit-progress-value {
      background: currentColor;
    }

    progress::-moz-progress-bar {
      background: currentColor;
    }
  `;

  connectedCallback() {
    super.connectedCallback();
    this.tick = setInterval(() => this.requestUpdate(), 500);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.tick);
  }

  render() {
    const left = Math.max(0, Date.parse(this.until) - Date.now() - (this.skew || 0));
    return html`<span role="timer" aria-live="off">${this.label} ${duration(Math.ceil(left / 1000) * 1000)}</span>
      <progress max=${this.seconds * 1000} value=${left} aria-label=${this.label}></progress>`;
  }
}

customElements.define("rw-countdown", RwCountdown);
