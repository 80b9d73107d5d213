/* The head of a customer looked up without a call. */

import { RwElement, css, html, nothing } from "../element.js";
import { addressedAs } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { cardNumber } from "../telephone.js";
import { t } from "../texts.js";
import "./rw-hot.js";

export class RwPerson extends RwElement {
  static properties = { card: { attribute: false }, desk: { attribute: false }, promises: { attribute: false } };

  static styles = [
    shared,
    css`
      article {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.75rem;
        padding: 0.9rem 0.75rem 0.9rem 1.1rem;
      }

      h1 {
        font-size: 1.75rem;
        line-height: 1.2;
        overflow-wrap: anywhere;
      }

      .button {
        margin-inline-start: auto;
      }

      rw-hot {
        flex: 1 0 100%;
        margin: 0.3rem -0.4rem -0.6rem -1.1rem;
      }
    `,
  ];

  render() {
    const { card } = this;
    return html`<article class="panel">
      <h1>${card.name}</h1>
      <span class="muted">${addressedAs(card)}</span>
      ${card.tier ? html`<span class="badge brand">${t("Tier {tier}", { tier: card.tier })}</span>` : nothing}
      ${card.state === "prospect" ? html`<span class="badge">${t("prospect")}</span>` : nothing}
      ${cardNumber(this.desk, card.numbers[0])}
      ${card.owner ? html`<span class="muted">${t("Owner")} ${this.desk.agentName(card.owner)}</span>` : nothing}
      <button class="button plain" @click=${() => this.emit("close")}>${icon("close")}${t("Close card")}</button>
      <rw-hot .card=${card} .desk=${this.desk} .promises=${this.promises}></rw-hot>
    </article>`;
  }
}

customElements.define("rw-person", RwPerson);
