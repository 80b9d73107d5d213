/* What to know before saying a word: an open complaint, a trip at this moment, a call minutes ago, a call back owed, and
   that it is their season again. The server says what is up; what is owed stands in the promises. */

import { RwElement, css, html, nothing } from "../element.js";
import { clockTime, day, dayAhead, dueTime } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";

function backAgain({ since, missed }, name) {
  const time = clockTime(since);
  if (missed) return t("Back again: nobody answered at {time}", { time });
  return name ? t("Back again: spoke with {name} at {time}", { name, time }) : t("Back again: last contact at {time}", { time });
}

const SHOWN = {
  complaint: { icon: "warning", tone: "open", words: ({ since }) => t("Open complaint since {date}", { date: day(since) }) },
  owed: { icon: "back", tone: "open", words: ({ since, late }) =>
    late ? t("Call back owed since {time}", { time: dueTime(since) }) : t("Call back owed by {time}", { time: dueTime(since) }) },
  travelling: { icon: "plane", tone: "moving", words: ({ until }) => t("Travelling now, until {date}", { date: dayAhead(until) }) },
  back_again: { icon: "clock", tone: "moving", words: backAgain },
  due_again: { icon: "plane", tone: "brand", words: ({ until }) => t("Due again: travelled on these days a year ago ({date})", { date: dayAhead(until) }) },
};

export class RwHot extends RwElement {
  static properties = { card: { attribute: false }, desk: { attribute: false }, promises: { attribute: false } };

  static styles = [
    shared,
    css`
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4rem;
        padding: 0 1.1rem 0.75rem;
      }

      .badge {
        padding: 0.2rem 0.65rem;
        border-radius: var(--radius-small);
        font-size: var(--text);
        white-space: normal;
      }

      .badge small {
        color: var(--ink);
        font-size: var(--text-small);
        font-weight: 400;
        overflow-wrap: anywhere;
      }
    `,
  ];

  get #flags() {
    const owed = this.promises.filter((one) => one.customer_id && one.customer_id === this.card?.customer_id);
    const first = owed.map(({ due, level }) => ({ kind: "owed", since: due, late: level > 0, text: "" })).slice(0, 1);
    const hot = this.card?.hot ?? [];
    return [...hot.filter(({ kind }) => kind === "complaint"), ...first, ...hot.filter(({ kind }) => kind !== "complaint")];
  }

  #flag(flag) {
    const shown = Object.hasOwn(SHOWN, flag.kind) ? SHOWN[flag.kind] : null;
    if (!shown) return nothing; // a newer server knows more
    const trip = flag.kind === "travelling" || flag.kind === "due_again" ? flag.text : "";
    return html`<li class="badge ${shown.tone}">${icon(shown.icon)}<span>${shown.words(flag, this.desk.agentName(flag.agent))}
      ${trip ? html`<small>${trip}</small>` : nothing}</span></li>`;
  }

  render() {
    const flags = this.#flags;
    if (!flags.length) return nothing;
    return html`<ul aria-label=${t("To know first")}>${flags.map((flag) => this.#flag(flag))}</ul>`;
  }
}

customElements.define("rw-hot", RwHot);
