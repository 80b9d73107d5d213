/* A quiet line on a customer's card: which colleagues work on the same customer at this moment. */

import { RwElement, css, html, nothing } from "../element.js";
import { clockTime } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

const SAYS = {
  call: (name, time) => t("{name} is on the phone with this customer, since {time}", { name, time }),
  wrap_up: (name) => t("{name} is finishing a call with this customer", { name }),
  noted: (name, time) => t("{name} wrote something on this customer at {time}", { name, time }),
  ringing: (name) => t("This customer is ringing {name}", { name }),
  looking: (name) => t("{name} has this customer's card up", { name }),
};

export class RwCompany extends RwElement {
  static properties = { desk: { attribute: false }, company: { attribute: false }, customer: { type: Number } };

  static styles = [
    shared,
    css`
      /* With nobody there it takes no room, not even the gap between two panels, and stays where screen readers listen. */
      :host([quiet]) {
        position: absolute;
      }

      ul {
        display: grid;
        gap: 0.2rem;
        padding: 0.1rem 1.1rem;
      }

      li {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
        color: var(--muted);
        font-size: var(--text);
        overflow-wrap: anywhere;
      }
    `,
  ];

  #line(one) {
    const says = Object.hasOwn(SAYS, one.what) ? SAYS[one.what] : null;
    if (!says) return nothing; // a newer server knows more
    const name = this.desk.agentName(one.agent) || one.name;
    return html`<li>${icon("person")}<span>${says(name, clockTime(one.since))}</span></li>`;
  }

  render() {
    const here = (this.company ?? []).filter((one) => one.customer_id === this.customer);
    this.toggleAttribute("quiet", !here.length);
    return html`<div role="status">${here.length ? html`<ul>${here.map((one) => this.#line(one))}</ul>` : nothing}</div>`;
  }
}

customElements.define("rw-company", RwCompany);
