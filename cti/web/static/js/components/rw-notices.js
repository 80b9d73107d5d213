/* One quiet line for each call that rang here and went elsewhere: who has it now. */

import { RwElement, css, html, repeat } from "../element.js";
import { icon } from "../icons.js";
import { phoneNumber } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { reasonWord } from "../words.js";

export class RwNotices extends RwElement {
  static properties = { notices: { attribute: false }, desk: { attribute: false } };

  static styles = [
    shared,
    css`
      li {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        padding: 0.35rem 0.35rem 0.35rem 0.75rem;
        color: var(--muted);
        font-size: var(--text-small);
      }

      li span {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }

      li b {
        color: var(--ink);
      }

      button {
        padding: 0.2rem;
        border: 0;
        border-radius: var(--radius-small);
        background: none;
        color: var(--muted);
      }
    `,
  ];

  #line({ reason, by, caller }) {
    const who = phoneNumber(caller) || t("Number withheld");
    if (reason === "answered_elsewhere" && by) {
      return html`<b>${who}</b> · ${t("{name} has answered", { name: this.desk.agentName(by) })}`;
    }
    if (reason === "transferred") {
      return html`<b>${who}</b> · ${t("transferred to {name}", { name: this.desk.agentName(by) || by })}`;
    }
    if (reason === "answered_elsewhere") return html`<b>${who}</b> · ${t("answered by a colleague")}`;
    return html`<b>${who}</b> · ${t("{reason}: rings on elsewhere", { reason: reasonWord(reason) })}`;
  }

  render() {
    return html`<ul class="panel">
      ${repeat(
        this.notices,
        (notice) => notice.id,
        (notice) => html`<li><span>${this.#line(notice)}</span>
          <button aria-label=${t("Dismiss")} @click=${() => this.desk.dismissNotice(notice.id)}>${icon("close")}</button></li>`,
      )}
    </ul>`;
  }
}

customElements.define("rw-notices", RwNotices);
