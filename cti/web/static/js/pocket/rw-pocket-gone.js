/* Why a pocket card shows nothing any more, in letters that a glance takes in. */

import { RwElement, css, html } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

export class RwPocketGone extends RwElement {
  static properties = { why: { attribute: false }, by: { attribute: false } };

  static styles = [
    shared,
    css`
      main {
        display: flex;
        flex-direction: column;
        gap: 1.25rem;
        justify-content: center;
        min-height: 100dvh;
        padding: 1.5rem 1.25rem calc(1.5rem + env(safe-area-inset-bottom));
      }

      .icon {
        width: 4rem;
        height: 4rem;
        color: var(--talk);
      }

      .lost .icon,
      .closed .icon {
        color: var(--ring);
      }

      h1 {
        font-size: clamp(2.5rem, 12vw, 4rem);
        line-height: 1.15;
        text-wrap: balance;
        overflow-wrap: anywhere;
      }

      p {
        margin-top: 0.75rem;
        font-size: 1.375rem;
        line-height: 1.4;
      }

      a {
        display: flex;
        align-items: center;
        justify-content: center;
        min-height: 4rem;
        margin-top: auto;
        border: 2px solid var(--ink);
        border-radius: var(--radius);
        color: var(--ink);
        font-size: 1.25rem;
        font-weight: 700;
        text-decoration: none;
      }
    `,
  ];

  #words() {
    const { why, by } = this;
    if (why === "answered_elsewhere") {
      return ["good", "check", by ? t("{name} has answered", { name: by }) : t("answered by a colleague"), t("You need do nothing.")];
    }
    if (why === "caller_hung_up") return ["lost", "leave", t("The caller hung up"), t("A call-back is promised and has its owner.")];
    if (why === "nobody") return ["lost", "warning", t("Nobody could answer"), t("A call-back is promised and has its owner.")];
    if (why === "taken") return ["closed", "close", t("Open elsewhere"), t("This card is open in another browser. Log in to see it here.")];
    if (why === "expired" || why === "unknown") return ["closed", "close", t("This link is over"), t("Each call has a link of its own.")];
    return ["good", "arrow", t("It rings on elsewhere"), t("Your phone was not answered in time, or you declined; the next one rings.")];
  }

  render() {
    const [tone, picture, heading, text] = this.#words();
    return html`<main class=${tone}>
      ${icon(picture)}
      <div role="status"><h1>${heading}</h1>
        <p>${text}</p></div>
      <a href="/">${t("Open my page")}</a>
    </main>`;
  }
}

customElements.define("rw-pocket-gone", RwPocketGone);
