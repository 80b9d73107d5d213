/* Days that are not as their weekday: the official calendar of a year from a file, looked at first, and the firm's own. */

import { css, html, nothing } from "../element.js";
import { dayAhead, listed } from "../formats.js";
import { t } from "../texts.js";
import { importCalendar, listDays, setDay } from "./api.js";
import { base64 } from "./files.js";
import { View, field, sentenceOf } from "./view.js";

const LARGEST = 500_000; // bytes; a year has twenty thousand

export class RwCalendar extends View {
  static properties = {
    days: { state: true },
    year: { state: true },
    found: { state: true },
    fault: { state: true },
    said: { state: true },
  };

  static styles = [
    View.styles,
    css`
      .years {
        white-space: nowrap;
      }

      .days {
        display: grid;
        gap: 0.15rem 1rem;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr));
        font-size: var(--text);
      }

      .days li {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        min-height: 2rem;
      }

      .days .button {
        margin-inline-start: auto;
      }
    `,
  ];

  constructor() {
    super();
    this.year = new Date().getFullYear();
  }

  async read() {
    this.days = await listDays(this.year);
  }

  async #do(work, said) {
    this.fault = null;
    this.said = "";
    try {
      await work();
      await this.load();
      this.said = said();
    } catch (error) {
      this.fault = error;
    }
  }

  #set(event) {
    event.preventDefault();
    const form = event.target;
    const { day, kind, name } = Object.fromEntries(new FormData(form));
    this.#do(
      async () => {
        await setDay(day, { kind, name });
        this.year = Number(day.slice(0, 4));
        form.reset();
      },
      () => t("The day is set."),
    );
  }

  async #look({ target }) {
    const [file] = target.files;
    if (!file) return;
    this.fault = null;
    this.said = "";
    this.found = null;
    if (file.size > LARGEST) {
      this.fault = new Error(t("The file is larger than any calendar."));
      return;
    }
    try {
      const content = await base64(file);
      this.found = { ...(await importCalendar(content, true)), content, name: file.name };
    } catch (error) {
      this.fault = error;
    } finally {
      target.value = "";
    }
  }

  #take() {
    const { content, years, changed } = this.found;
    this.#do(
      async () => {
        await importCalendar(content, false);
        this.year = years[0] ?? this.year;
        this.found = null;
      },
      () => t("{count} days were taken over.", { count: changed }),
    );
  }

  #day(one) {
    const may = this.mayChange && one.source === "firm";
    return html`<li><span class="number">${dayAhead(one.day)}</span>
      <span class="badge ${one.kind === "holiday" ? "open" : "good"}">${one.kind === "holiday" ? t("not open") : t("workday")}</span>
      <span>${one.name}${one.source === "firm" ? html` <span class="muted">${t("our own")}</span>` : nothing}</span>
      ${may ? html`<button type="button" class="button plain" aria-label=${t("Take {day} back", { day: dayAhead(one.day) })} @click=${() => this.#do(() => setDay(one.day, { kind: "none" }), () => t("The day follows the calendar again."))}>✕</button>` : nothing}</li>`;
  }

  #dry() {
    const { faults, days, changed, unchanged, years, name } = this.found;
    return html`<div class="notice ${faults.length ? "bad" : ""}" role="group" aria-label=${t("What the file brings")}>
      <b>${name}</b>
      ${faults.length
        ? html`<span>${t("Nothing can be taken over before these lines are mended:")}</span><ul>${faults.map((one) => html`<li>${t("line {line}: {fault}", { line: one.line, fault: one.fault })}</li>`)}</ul>`
        : html`<span>${t("{years}: {changed} days would change, {unchanged} are known. Nothing is kept yet.", { years: listed(years), changed, unchanged })}</span>
            <ul class="days">${days.map((one) => html`<li><span class="number">${dayAhead(one.day)}</span> <span class="badge ${one.kind === "holiday" ? "open" : "good"}">${one.kind === "holiday" ? t("not open") : t("workday")}</span> ${one.name}</li>`)}</ul>`}
      <div class="row">
        ${faults.length || !changed ? nothing : html`<button type="button" class="button main" @click=${this.#take}>${t("Take over {count} days", { count: changed })}</button>`}
        <button type="button" class="button" @click=${() => (this.found = null)}>${t("Leave it")}</button>
      </div>
    </div>`;
  }

  show() {
    return html`<section class="panel stack">
      <div class="row"><h2>${t("Holidays and make-up workdays")}</h2>
        <span class="years"><button type="button" class="button plain" aria-label=${t("The year before")} @click=${() => ((this.year -= 1), this.load())}>←</button>
        <b class="number">${this.year}</b>
        <button type="button" class="button plain" aria-label=${t("The year after")} @click=${() => ((this.year += 1), this.load())}>→</button></span></div>
      ${this.days.length
        ? html`<ul class="days">${this.days.map((one) => this.#day(one))}</ul>`
        : html`<p class="hint">${t("Nothing was imported for this year: public holidays are those that are known anyway.")}</p>`}
      ${this.mayChange
        ? html`<form @submit=${this.#set}>
              ${field({ name: "day", label: t("Day"), control: html`<input class="field" id="day" name="day" type="date" required>` })}
              ${field({ name: "kind", label: t("That day we are"), control: html`<select class="field" id="kind" name="kind"><option value="holiday">${t("not open")}</option><option value="workday">${t("open, as on a Monday")}</option></select>` })}
              ${field({ name: "why", label: t("Why"), control: html`<input class="field" id="why" name="name" maxlength="100" placeholder="公司尾牙">` })}
              <div class="wide"><button class="button">${t("Set the day")}</button></div>
            </form>
            ${field({
              name: "file",
              label: t("The official calendar of a year (CSV or ICS)"),
              hint: t("It is looked at first; nothing is kept before you say so."),
              control: html`<input class="field" id="file" type="file" accept=".csv,.ics,text/csv,text/calendar" @change=${this.#look}>`,
            })}`
        : nothing}
      ${this.found ? this.#dry() : nothing}
      ${this.fault ? html`<div class="notice bad" role="alert">${sentenceOf(this.fault)}</div>` : nothing}
      ${this.said ? html`<span class="hint" role="status">${this.said}</span>` : nothing}
    </section>`;
  }
}

customElements.define("rw-calendar", RwCalendar);
