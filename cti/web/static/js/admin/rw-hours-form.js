/* Opening hours of a week, day by day, in their time zone, with whose public holidays close them. */

import { css, html, nothing } from "../element.js";
import { t } from "../texts.js";
import { ThingForm } from "./thing-form.js";
import { choice, line } from "./view.js";
import { spansOf, textOf } from "./week-text.js";
import { weekdayWord } from "./words.js";
import "./rw-week-bars.js";

export class RwHoursForm extends ThingForm {
  static styles = [
    ThingForm.styles,
    css`
      .days > li {
        display: grid;
        gap: 0.4rem 1rem;
        padding: 0.4rem 0;
        border-bottom: 1px solid var(--line);
        grid-template-columns: 2.5rem minmax(0, 1fr);
        align-items: center;
      }

      .days > li:last-child {
        border: 0;
      }

      input.field[type="time"] {
        width: auto;
        padding-inline: 0.4rem;
      }

      .span .button,
      .row > .button {
        padding-inline: 0.35rem;
        font-size: var(--text-small);
      }

      .span {
        display: inline-flex;
        align-items: center;
        gap: 0.3rem;
        min-width: 0;
        max-width: 100%;
      }

      .span input.field {
        flex: 1 1 auto;
        min-width: 0;
      }
    `,
  ];

  plural = "hours";
  subject = "hours";

  get blank() {
    return { days: spansOf("Mon-Fri 09:00-18:00"), zone: this.routing.zone, region: "TW" };
  }

  fields(state) {
    return { days: spansOf(state.weekly), zone: state.zone, region: state.region };
  }

  body(fields) {
    return { week: textOf(fields.days), zone: fields.zone, region: fields.region, version: this.version };
  }

  sample() {
    const { numbers, services } = this.routing;
    const uses = services.filter((one) => one.state.hours_code === this.key).map((one) => one.key);
    return numbers.find((one) => uses.includes(one.state.service_code))?.key;
  }

  title() {
    return this.thing ? t("Opening hours “{code}”", { code: this.key }) : t("New opening hours");
  }

  get home() {
    return "hours";
  }

  #day(day, spans) {
    this.put("days", this.draft.days.map((one, other) => (other === day ? spans : one)));
  }

  #row(spans, day) {
    const name = weekdayWord(day);
    const set = (place, edge, value) => this.#day(day, spans.map((one, other) => (other === place ? (edge ? [one[0], value] : [value, one[1]]) : one)));
    return html`<li><b>${name}</b><div class="row">
      ${spans.map(
        ([from, to], place) => html`<span class="span">
          <input class="field" type="time" aria-label=${t("{day}: open from", { day: name })} .value=${from} @change=${({ target }) => set(place, 0, target.value)}>
          –<input class="field" type="time" aria-label=${t("{day}: open until", { day: name })} .value=${to === "24:00" ? "00:00" : to} @change=${({ target }) => set(place, 1, target.value)}>
          ${this.mayChange ? html`<button type="button" class="button plain" aria-label=${t("{day}: take this time out", { day: name })} @click=${() => this.#day(day, spans.filter((_, other) => other !== place))}>✕</button>` : nothing}
        </span>`,
      )}
      ${spans.length ? nothing : html`<span class="muted">${t("not open")}</span>`}
      ${this.mayChange
        ? html`<button type="button" class="button plain" aria-label=${t("{day}: add a time", { day: name })} @click=${() => this.#day(day, [...spans, spans.length ? ["13:00", "18:00"] : ["09:00", "18:00"]])}>＋</button>`
        : nothing}
      ${day && this.mayChange
        ? html`<button type="button" class="button plain" @click=${() => this.#day(day, this.draft.days[day - 1].map((one) => [...one]))}>${t("as the day before")}</button>`
        : nothing}
    </div></li>`;
  }

  inside() {
    return html`<section class="panel stack">
      <div class="fields">
        ${this.thing ? nothing : line(this, "code", { label: t("Code"), hint: t("Short, for the command line, like office."), required: true, longest: 40 })}
        ${line(this, "zone", { label: t("Time zone"), hint: t("Like Asia/Taipei."), longest: 60 })}
        ${choice(this, "region", { label: t("Public holidays of"), hint: t("Make-up workdays count, too."), options: this.#regions() })}
      </div>
      <ol class="days">${this.draft.days.map((spans, day) => this.#row(spans, day))}</ol>
      ${this.faultOf("hours") ? html`<span class="error" role="alert">${this.faultOf("hours")}</span>` : nothing}
      <rw-week-bars .days=${this.draft.days}></rw-week-bars>
      <p class="hint">${t("A time that ends before it begins lasts into the next day; 00:00–00:00 is the whole day.")}</p>
    </section>`;
  }

  #regions() {
    const known = [["", t("none: the firm's own days only")], ["TW", t("Taiwan")]];
    const { region } = this.draft;
    return known.some(([code]) => code === region) ? known : [...known, [region, region]];
  }

  refusal(names) {
    return super.refusal([...names, "hours"]);
  }
}

customElements.define("rw-hours-form", RwHoursForm);
