/* How the others are: who could take a call, who is on one. */

import { RwElement, css, html, repeat } from "../element.js";
import { dueTime } from "../formats.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { awayWord, label, presenceWord } from "../words.js";

const ORDER = ["available", "ringing", "on_call", "wrap_up", "away", "dnd", "on_leave", "offline"];

/* The reason says more than the word, and when they are back more than since when they are gone. */
function how({ state, reason, until }) {
  const word = reason ? label(awayWord(reason)) : label(presenceWord(state));
  return until && state !== "wrap_up" ? html`${word} <span class="number">${t("back at {time}", { time: dueTime(until) })}</span>` : word;
}

export class RwColleagues extends RwElement {
  static properties = { colleagues: { attribute: false }, me: { attribute: false }, desk: { attribute: false } };

  static styles = [
    shared,
    css`
      section {
        padding: 0.75rem;
      }

      h2 {
        padding: 0 0.25rem 0.35rem;
      }

      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr));
      }

      li {
        display: flex;
        align-items: baseline;
        gap: 0.5rem;
        padding: 0.22rem 0.25rem;
        font-size: var(--text);
      }

      .who {
        flex: none;
        max-width: 60%;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .how {
        overflow: hidden;
        text-overflow: ellipsis;
        margin-inline-start: auto;
        color: var(--muted);
        font-size: var(--text-small);
        white-space: nowrap;
      }

      .code {
        color: var(--muted);
        font-size: var(--text-small);
      }

      i {
        flex: none;
        align-self: center;
        width: 0.6rem;
        height: 0.6rem;
        border: 2px solid var(--line-strong);
        border-radius: 50%;
      }

      .available i {
        border-color: var(--talk);
        background: var(--talk);
      }

      .ringing i,
      .on_call i {
        border-color: var(--ring);
        background: var(--ring);
      }

      .wrap_up i {
        border-color: var(--ring);
        background: linear-gradient(90deg, var(--ring) 50%, transparent 50%);
      }

      .dnd i {
        border-color: var(--alarm);
      }

      .away i {
        border-color: var(--ring);
      }

      .ringing .how,
      .on_call .how {
        color: var(--ring);
        font-weight: 600;
      }

      .offline .who,
      .on_leave .who {
        color: var(--muted);
      }
    `,
  ];

  render() {
    const place = ({ state }) => (ORDER.includes(state) ? ORDER.indexOf(state) : ORDER.length);
    const others = this.colleagues
      .filter(({ agent }) => agent !== this.me)
      .sort((one, other) => place(one) - place(other) || one.agent.localeCompare(other.agent));
    return html`<section class="panel">
      <h2 class="heading">${t("Colleagues")}</h2>
      <ul>${repeat(
        others,
        ({ agent }) => agent,
        (colleague) => html`<li class=${colleague.state}>
          <i></i><span class="who">${this.desk.agentName(colleague.agent)}</span>
          <span class="code number">${colleague.agent}</span>
          <span class="how">${how(colleague)}</span>
        </li>`,
      )}</ul>
    </section>`;
  }
}

customElements.define("rw-colleagues", RwColleagues);
