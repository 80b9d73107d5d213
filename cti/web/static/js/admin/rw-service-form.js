/* What numbers are for: who answers, when, which team for whom, who else, and who while closed. */

import { html, nothing } from "../element.js";
import { t } from "../texts.js";
import { kindWord } from "../words.js";
import { ThingForm } from "./thing-form.js";
import { choice, line } from "./view.js";

const SECONDS = ["6", "12", "18", "24", "30", "45", "60"];
const WHOM = ["A", "B", "C", "person", "company", "household"];

export class RwServiceForm extends ThingForm {
  plural = "services";
  subject = "service";
  blank = { name: "", group: "", hours: "", closed: "", overflow: "", teams: [], waiting: "company", waitingSeconds: "18", waitingLanguage: "zh", waitingAnswered: false };

  fields(state) {
    return {
      name: state.name,
      group: state.group_code ?? "",
      hours: state.hours_code ?? "",
      closed: state.closed_group ?? "",
      overflow: state.overflow_group ?? "",
      teams: state.teams.map(([tier, kind, group]) => ({ tier, kind, group })),
      waiting: state.waiting || "company",
      waitingSeconds: String(state.waiting_seconds ?? 18),
      waitingLanguage: state.waiting_language || "zh",
      waitingAnswered: state.waiting_answered ?? false,
    };
  }

  body({ waiting: kind, waitingSeconds, waitingLanguage: language, waitingAnswered: answered, ...fields }) {
    return { ...fields, waiting: { kind, seconds: Number(waitingSeconds), language, answered }, version: this.version };
  }

  sample() {
    const { numbers } = this.routing;
    return (numbers.find((one) => one.state.service_code === this.key) ?? numbers.find((one) => !one.state.agent_code))?.key;
  }

  title() {
    return this.thing ? this.thing.state.name : t("New service");
  }

  #put(place, change) {
    this.put("teams", this.draft.teams.map((one, other) => (other === place ? { ...one, ...change } : one)));
  }

  #team(team, place) {
    const whom = team.tier || team.kind;
    const nth = place + 1;
    return html`<li class="row">
      <select class="field" aria-label=${t("Customers of team {nth}", { nth })} @change=${({ target }) => this.#put(place, ["A", "B", "C"].includes(target.value) ? { tier: target.value, kind: "" } : { tier: "", kind: target.value })}>
        ${WHOM.map((one) => html`<option value=${one} ?selected=${one === whom}>${one.length === 1 ? t("tier {tier}", { tier: one }) : kindWord(one)}</option>`)}
      </select>
      <span class="muted">→</span>
      <select class="field" aria-label=${t("Group of team {nth}", { nth })} @change=${({ target }) => this.#put(place, { group: target.value })}>
        ${this.routing.groups.map((one) => html`<option value=${one.key} ?selected=${one.key === team.group}>${one.state.name}</option>`)}
      </select>
      <button type="button" class="button plain" aria-label=${t("Take team {nth} out", { nth })} @click=${() => this.put("teams", this.draft.teams.filter((_, other) => other !== place))}>✕</button>
    </li>`;
  }

  /** What callers hear; more of it only when something is said. */
  #waiting() {
    const says = ["told", "offer"].includes(this.draft.waiting);
    const kinds = [["off", t("nothing but the ringing")], ["told", t("that somebody is sought")], ["offer", t("an offer of a call back on key 1")]];
    // The company's own service has nobody to follow: that is offered only where it stands so already.
    const follows = (this.key || this.draft.code) !== "company" || this.seen.waiting === "company";
    const options = follows ? [["company", t("as for the company")], ...kinds] : kinds;
    return html`<div class="fields">
      ${choice(this, "waiting", { label: t("While waiting"), hint: t("What callers hear while the phones ring on."), options })}
      ${says
        ? html`${choice(this, "waitingSeconds", { label: t("Every so many seconds"), options: SECONDS.map((one) => [one, one]) })}
            ${choice(this, "waitingLanguage", { label: t("Language of the sentence"), options: [["zh", t("in Mandarin")], ["en", t("in English")]] })}
            <label class="choice"><input type="checkbox" name="waitingAnswered" .checked=${this.draft.waitingAnswered} @change=${({ target }) => this.put("waitingAnswered", target.checked)}>${t("Answer the call for it, for carriers that let no sound through before")}</label>`
        : nothing}
    </div>`;
  }

  inside() {
    const hours = this.routing.hours.map((one) => [one.key, `${one.key}: ${one.state.weekly}`]);
    return html`<section class="panel stack">
      <div class="fields">
        ${this.thing ? nothing : line(this, "code", { label: t("Code"), hint: t("Short, for the command line, like sales."), required: true, longest: 40 })}
        ${line(this, "name", { label: t("What it is called"), required: true })}
        ${choice(this, "group", { label: t("Group that answers"), options: this.groupOptions(t("the company")) })}
        ${choice(this, "overflow", { label: t("Overflow"), hint: t("Rings after that group."), options: this.groupOptions(t("none")) })}
        ${choice(this, "hours", { label: t("Opening hours"), options: [["", t("always open")], ...hours] })}
        ${choice(this, "closed", { label: t("While closed"), hint: t("Its rota first, then the rest of it, then as by day."), options: this.groupOptions(t("as by day")) })}
      </div>
      <div class="one" role="group" aria-label=${t("Teams")}>
        <span class="label">${t("Teams")}</span>
        ${this.draft.teams.length ? html`<ul class="stack">${this.draft.teams.map((one, place) => this.#team(one, place))}</ul>` : html`<p class="hint">${t("All customers alike. A team rings before the group for its tier or kind of customers.")}</p>`}
        ${this.routing.groups.length && this.mayChange
          ? html`<div><button type="button" class="button" @click=${() => this.put("teams", [...this.draft.teams, { tier: "A", kind: "", group: this.routing.groups[0].key }])}>${t("Add a team")}</button></div>`
          : nothing}
      </div>
      ${this.#waiting()}
    </section>`;
  }
}

customElements.define("rw-service-form", RwServiceForm);
