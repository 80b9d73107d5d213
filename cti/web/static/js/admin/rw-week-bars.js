/* Opening hours as seven bars of a day's length. Shows what it is given; words for it stand beside. */

import { RwElement, css, html, svg } from "../element.js";
import { shared } from "../styles.js";
import { minutes } from "./week-text.js";
import { weekdayWord } from "./words.js";

const DAY = 1440;

export class RwWeekBars extends RwElement {
  static properties = { days: { attribute: false } };

  static styles = [
    shared,
    css`
      div {
        display: grid;
        gap: 0.15rem 0.6rem;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: center;
        font-size: var(--text-small);
      }

      svg {
        display: block;
        width: 100%;
        height: 0.9rem;
        border-radius: 3px;
        background: var(--quiet-soft);
      }

      rect {
        fill: var(--brand);
      }

      line {
        stroke: var(--surface);
        stroke-width: 4;
      }
    `,
  ];

  #bars(spans, before) {
    const late = before.filter(([from, to]) => from && to && minutes(to) <= minutes(from)).map(([, to]) => [0, minutes(to)]);
    const own = spans
      .filter(([from, to]) => from && to)
      .map(([from, to]) => [minutes(from), minutes(to) > minutes(from) ? minutes(to) : DAY]);
    return [...late, ...own];
  }

  render() {
    return html`<div aria-hidden="true">
      ${this.days.map(
        (spans, day) => html`<span>${weekdayWord(day)}</span>
          <svg viewBox="0 0 1440 10" preserveAspectRatio="none">
            ${this.#bars(spans, this.days[(day + 6) % 7]).map(([from, to]) => svg`<rect x=${from} y="0" width=${Math.max(0, to - from)} height="10"></rect>`)}
            ${[360, 720, 1080].map((at) => svg`<line x1=${at} x2=${at} y1="0" y2="10"></line>`)}
          </svg>`,
      )}
    </div>`;
  }
}

customElements.define("rw-week-bars", RwWeekBars);
