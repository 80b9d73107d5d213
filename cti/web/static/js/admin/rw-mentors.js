/* Who looks after whose calls, from when to when: everybody's, or on a person's page theirs. Each change takes effect
   when it is made. */

import { html, nothing } from "../element.js";
import { clockTime, day, dayOf } from "../formats.js";
import { t } from "../texts.js";
import { addMentor, endMentor, listMentors, moveMentor } from "./api.js";
import { ListView } from "./list-view.js";
import { address, follow } from "./places.js";
import { field, sentenceOf } from "./view.js";

const USUAL_DAYS = 30; // what is offered; a newcomer's first month

export class RwMentors extends ListView {
  static properties = {
    /** The person whose mentors are shown; everybody's without one. */
    code: {},
    open: { state: true },
    where: { state: true },
  };

  willUpdate(changes) {
    if (changes.has("code") && changes.get("code") !== undefined) this.load();
  }

  async list() {
    const times = await listMentors();
    return this.code ? times.filter((one) => [one.agent, one.mentor].includes(this.code)) : times;
  }

  /* `where`: in which form, `new` or that of one of the times. */
  async #do(work, said, where) {
    this.where = where;
    if (await this.change(work, said)) this.open = null;
    else this.focusOn('[aria-invalid="true"]');
  }

  #add(event) {
    event.preventDefault();
    const form = event.target;
    const given = Object.fromEntries(new FormData(form));
    const agent = this.code || given.agent;
    this.#do(
      async () => {
        await addMentor(agent, { mentor: given.mentor, until: given.until, starts: given.starts || null });
        form.reset();
      },
      t("{mentor} may listen to the calls of {newcomer}.", { mentor: this.names.person(given.mentor), newcomer: this.names.person(agent) }),
      "new",
    );
  }

  #move(event, one) {
    event.preventDefault();
    const { until } = Object.fromEntries(new FormData(event.target));
    this.#do(() => moveMentor(one.id, { until }), t("It lasts until then now."), one.id);
  }

  async #unfold(id, way) {
    this.open = this.open?.id === id && this.open.way === way ? null : { id, way };
    this.fault = null;
    this.focusOn("#unfolded input, #unfolded button");
  }

  #refusal(where) {
    if (!this.fault || this.where !== where || this.fault.told?.field === "until") return nothing;
    return html`<div class="notice bad wide" role="alert">${sentenceOf(this.fault)}</div>`;
  }

  #until(where, value) {
    const id = where === "new" ? "until" : `until-${where}`;
    const fault = this.where === where && this.fault?.told?.field === "until" ? this.fault.message : "";
    return field({
      name: id,
      label: t("Until"),
      fault,
      control: html`<input class="field" id=${id} name="until" type="datetime-local" required .value=${value} aria-invalid=${fault ? "true" : "false"}>`,
    });
  }

  #unfolded(one) {
    if (this.open?.id !== one.id) return nothing;
    if (this.open.way === "move")
      return html`<form id="unfolded" class="notice" @submit=${(event) => this.#move(event, one)}>
        ${this.#until(one.id, `${dayOf(one.until)}T${clockTime(one.until)}`)} ${this.#refusal(one.id)}
        <div class="wide row"><button class="button main" ?disabled=${this.busy}>${t("Let it last until then")}</button></div>
      </form>`;
    return html`<div id="unfolded" class="notice" role="group" aria-label=${t("End it")}>
      ${this.#refusal(one.id)}
      <div class="row"><button class="button main" ?disabled=${this.busy} @click=${() => this.#do(() => endMentor(one.id), t("It has ended."), one.id)}>${t("Yes, end it now")}</button>
        <button class="button" @click=${() => (this.open = null)}>${t("Leave it as it is")}</button></div>
    </div>`;
  }

  #person(code) {
    const name = this.names.person(code);
    return code === this.code ? html`<b>${name}</b>` : html`<a href=${address("people", code)} @click=${follow("people", code)}>${name}</a>`;
  }

  #time(one) {
    const about = { mentor: this.names.person(one.mentor), newcomer: this.names.person(one.agent) };
    const soon = new Date(one.starts) > new Date();
    return html`<li>
      <div class="line"><span>${this.#person(one.mentor)} <span class="muted" aria-hidden="true">→</span><span class="sr">${t("looks after")}</span> ${this.#person(one.agent)}</span>
        ${soon ? html`<span class="badge">${t("from {when}", { when: `${day(one.starts)} ${clockTime(one.starts)}` })}</span>` : nothing}
        <span class="number">${t("until {when}", { when: `${day(one.until)} ${clockTime(one.until)}` })}</span>
        <span class="muted">${t("set by {who}", { who: this.names.login(one.set_by) })}</span>
        ${this.mayChange
          ? html`<span class="row">
              <button type="button" class="button plain" aria-expanded=${this.open?.id === one.id && this.open.way === "move"} aria-label=${t("Prolong: {mentor} for {newcomer}", about)} @click=${() => this.#unfold(one.id, "move")}>${t("Prolong…")}</button>
              <button type="button" class="button plain" aria-expanded=${this.open?.id === one.id && this.open.way === "end"} aria-label=${t("End: {mentor} for {newcomer}", about)} @click=${() => this.#unfold(one.id, "end")}>${t("End it…")}</button></span>`
          : nothing}</div>
      ${this.#unfolded(one)}
    </li>`;
  }

  #choose(name, label) {
    const people = this.names.active.filter((code) => code !== this.code);
    return field({
      name,
      label,
      control: html`<select class="field" id=${name} name=${name} required><option value="">${t("nobody chosen")}</option>
        ${people.map((code) => html`<option value=${code}>${this.names.person(code)}</option>`)}</select>`,
    });
  }

  #form() {
    const usual = `${dayOf(Date.now() + USUAL_DAYS * 86_400_000)}T18:00`;
    return html`<form @submit=${this.#add}>
      ${this.#choose("mentor", t("Mentor"))}
      ${this.code ? nothing : this.#choose("agent", t("Newcomer"))}
      ${field({ name: "starts", label: t("Starts"), hint: t("Empty: from now on."), control: html`<input class="field" id="starts" name="starts" type="datetime-local">` })}
      ${this.#until("new", usual)}
      ${this.#refusal("new")}
      <div class="wide"><button class="button ${this.code ? "" : "main"}" ?disabled=${this.busy}>${t("Set the mentor")}</button></div>
    </form>`;
  }

  #list() {
    return html`${this.rows.length
        ? html`<ul class="rows">${this.rows.map((one) => this.#time(one))}</ul>`
        : html`<p class="hint">${this.code ? t("Nobody looks after their calls, nor they after anybody's.") : t("Nobody has a mentor now.")}</p>`}
      ${this.said ? html`<span class="hint" role="status">${this.said}</span>` : nothing}`;
  }

  show() {
    if (this.code) return html`<div class="stack">${this.#list()} ${this.mayChange ? this.#form() : nothing}</div>`;
    return html`
      <div class="head"><h1>${t("Mentors")}</h1></div>
      <div class="stack">
        <p class="hint">${t("A mentor listens to a newcomer's calls, whispers to them and joins in, and sees the same card. It ends by itself; every listening stands in the audit.")}</p>
        <section class="panel">${this.#list()}</section>
        ${this.mayChange ? html`<section class="panel stack"><h2>${t("A new mentor")}</h2>${this.#form()}</section>` : nothing}
      </div>
    `;
  }
}

customElements.define("rw-mentors", RwMentors);
