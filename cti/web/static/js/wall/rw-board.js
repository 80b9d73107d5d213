/* The board: calls, how well the firm answers, what is owed, and who is where. Must not know how it is kept true. */

import { RwElement, html, nothing, repeat } from "../element.js";
import { dueTime, duration } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { awayWord, label, presenceWord } from "../words.js";
import { board } from "./board-styles.js";

const LARGE_CALLS = 4; // as many rows as there is room for at the size read from afar; then smaller ones, then a count
const MOST_CALLS = 7;
const LARGE_PEOPLE = 8;
const MOST_PEOPLE = 12;
const MOST_PROMISES = 3;
const MOST_NAMES = 4;
const MINUTE = 60_000;
const BUSY_FIRST = ["ringing", "on_call", "wrap_up", "available", "away", "dnd", "on_leave", "offline"];

const percent = (share) => (share === null ? "—" : `${Math.floor(share * 100)}%`);

export class RwBoard extends RwElement {
  static properties = { live: { attribute: false }, now: { attribute: false }, narrow: { state: true } };

  static styles = [shared, board];

  connectedCallback() {
    super.connectedCallback();
    this.wide = matchMedia("(min-width: 1000px) and (orientation: landscape)");
    this.turned = () => (this.narrow = !this.wide.matches);
    this.wide.addEventListener("change", this.turned);
    this.turned();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.wide.removeEventListener("change", this.turned);
  }

  #name(code) {
    return this.names.get(code) ?? code;
  }

  /* As many of `all` as there is room for; a page that scrolls has room for all. */
  #fitting(all, most) {
    return this.narrow || all.length <= most ? [all, 0] : [all.slice(0, most), all.length - most];
  }

  #section(name, title, counts, shown, none, more) {
    return html`<section class=${name}>
      <h2>${title}<span class="counts">${counts}</span></h2>
      ${shown.length ? html`<ul>${shown}</ul>` : html`<p class="none">${none}</p>`}
      ${more ? html`<p class="more">${t("and {count} more", { count: more })}</p>` : nothing}
    </section>`;
  }

  #call({ state, direction, agents, owner, caller, since }) {
    const out = direction === "outbound";
    const more = agents.length > MOST_NAMES ? ` +${agents.length - MOST_NAMES}` : "";
    const who = agents.slice(0, MOST_NAMES).map((code) => this.#name(code)).join(" · ") + more;
    const whose = owner && !agents.includes(owner) ? t("{name}’s customer", { name: this.#name(owner) }) : "";
    const about = [caller, whose].filter(Boolean).join(" · ");
    const word = state === "talking" ? t("talking") : out ? t("calling") : t("ringing");
    return html`<li class=${state}>
      <span class="mark">${icon(out ? "outgoing" : state === "talking" ? "phone" : "bell")}</span>
      <span class="state">${word}</span>
      <span class="who">${who || t("nobody yet")}${about ? html` <small>${about}</small>` : nothing}</span>
      <span class="time">${since ? duration(this.now - Date.parse(since)) : ""}</span>
    </li>`;
  }

  #calls() {
    const { calls, ringing, talking } = this.live;
    const [shown, more] = this.#fitting(calls, MOST_CALLS);
    const counts = html`<span><b class=${ringing ? "ring" : ""}>${ringing}</b> ${t("ringing")}</span>
      <span><b class=${talking ? "talk" : ""}>${talking}</b> ${t("talking")}</span>`;
    const rows = shown.map((call) => this.#call(call));
    return this.#section(`calls ${calls.length > LARGE_CALLS ? "many" : ""}`, t("Calls"), counts, rows, t("No calls now."), more);
  }

  #rate() {
    const { recent, threshold, answer_rate: today, alarm } = this.live;
    const low = recent.rate !== null && recent.rate < threshold.rate;
    return html`<section class="rate ${alarm ? "alarm" : low ? "low" : ""}">
      <h2>${t("Answer rate")}<span class="counts">${t("last {minutes} min", { minutes: threshold.minutes })}</span></h2>
      <p class="figure">${percent(recent.rate)}
        <small>${recent.inbound ? t("{answered} of {inbound}", recent) : t("no calls")}</small></p>
      <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="6"></rect>
        <rect class="fill" width=${(recent.rate ?? 0) * 100} height="6"></rect>
        <rect class="tick" x=${Math.min(99, threshold.rate * 100)} width="1" height="6"></rect>
      </svg>
      <p class="aim"><span>${alarm ? icon("warning") : nothing} ${t("aim {rate}", { rate: percent(threshold.rate) })}</span>
        <span>${t("today {rate}", { rate: percent(today.rate) })}</span></p>
    </section>`;
  }

  #promise({ owner, due, kind }) {
    const left = Date.parse(due) - this.now;
    const minutes = Math.floor(-left / MINUTE);
    const when = left <= 0 && minutes < 60 ? t("{minutes} min late", { minutes }) : dueTime(due, this.now);
    return html`<li class=${left <= 0 ? "late" : ""}>
      ${icon(kind === "next_step" ? "arrow" : "back")}<span class="who">${owner ? this.#name(owner) : t("nobody")}</span>
      <span class="when">${when}</span></li>`;
  }

  #promises() {
    const { promises } = this.live;
    const late = promises.filter(({ due }) => Date.parse(due) <= this.now).length;
    const [shown, more] = this.#fitting(promises, MOST_PROMISES);
    const counts = html`<span><b class=${late ? "late" : ""}>${late}</b> ${t("late")}</span>
      <span><b>${promises.length - late}</b> ${t("due")}</span>`;
    const rows = shown.map((one) => this.#promise(one));
    return this.#section("promises", t("Promises to keep"), counts, rows, t("Nothing is owed."), more);
  }

  #person({ agent, name, state, reason, since, until }) {
    const running = ["ringing", "on_call", "wrap_up"].includes(state) && since;
    const back = until ? t("until {time}", { time: dueTime(until, this.now) }) : "";
    const time = running ? duration(this.now - Date.parse(since)) : back;
    return html`<li class=${state}>
      <span class="name">${name || agent}</span>
      <span class="how"><i class="dot"></i><span>${label(reason ? awayWord(reason) : presenceWord(state))}</span>
        ${time ? html`<span class="time">${time}</span>` : nothing}</span>
    </li>`;
  }

  #people() {
    const people = [...this.live.people].sort((a, b) => BUSY_FIRST.indexOf(a.state) - BUSY_FIRST.indexOf(b.state));
    const [shown, more] = this.#fitting(people, MOST_PEOPLE);
    const some = BUSY_FIRST.filter((state) => state === "available" || this.live.states[state]);
    const counts = some.map((state) => html`<span><b class=${this.live.states[state] ? state : ""}>${this.live.states[state] ?? 0}</b> ${presenceWord(state)}</span>`);
    const size = people.length > LARGE_PEOPLE ? "many" : "";
    const tiles = repeat(shown, ({ agent }) => agent, (one) => this.#person(one));
    return this.#section(`people ${size}`, t("Who is where"), counts, shown.length ? [tiles] : [], t("There are no agents yet."), more);
  }

  render() {
    if (!this.live) return nothing;
    this.names = new Map(this.live.people.map(({ agent, name }) => [agent, name]));
    return html`${this.#calls()}${this.#rate()}${this.#promises()}${this.#people()}`;
  }
}

customElements.define("rw-board", RwBoard);
