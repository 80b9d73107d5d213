/* Plays: what to bring up with whom, from when to when, how many are held out, and what came of it. */

import { css, html, nothing, repeat } from "../element.js";
import { day, listed, money } from "../formats.js";
import { t } from "../texts.js";
import { listPlays, readPlayReport, setPlay } from "./api.js";
import { overtaken } from "./overtaken.js";
import { PLAY_WORDS, segmentWords } from "./play-words.js";
import "./rw-play-form.js";
import { View, sentenceOf } from "./view.js";

export class RwPlays extends View {
  static properties = {
    plays: { state: true },
    report: { state: true },
    open: { state: true },
    fault: { state: true },
    said: { state: true },
  };

  static styles = [
    View.styles,
    css`
      article {
        display: grid;
        gap: 0.5rem;
      }

      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.75rem;
        overflow-wrap: anywhere;
      }

      .line .row {
        margin-inline-start: auto;
      }

      .prompt {
        font-weight: 600;
        overflow-wrap: anywhere;
      }

      dl {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1.25rem;
        font-size: var(--text);
      }

      dl > div {
        display: flex;
        gap: 0.35rem;
      }

      dt {
        color: var(--muted);
      }

      dd {
        font-variant-numeric: tabular-nums;
        font-weight: 600;
      }
    `,
  ];

  async read() {
    const [plays, report] = await Promise.all([listPlays(), readPlayReport()]);
    this.report = new Map(report.map((one) => [one.code, one]));
    // Those that run first; within that by their codes, as the server has them.
    this.plays = [...plays.filter((one) => one.active), ...plays.filter((one) => !one.active)];
  }

  async #run(play, active) {
    [this.fault, this.said] = [null, ""];
    const { code, ...rest } = play;
    try {
      await setPlay(code, { ...rest, active });
      await this.load();
      this.said = active ? t("{play} runs again.", { play: code }) : t("{play} is paused: no card shows it.", { play: code });
    } catch (error) {
      this.fault = error;
    }
  }

  async #unfold(code) {
    this.open = this.open === code ? null : code;
    this.said = "";
    await this.updateComplete;
    this.renderRoot.querySelector("rw-play-form")?.focus();
  }

  async #kept({ detail }) {
    this.open = null;
    await this.load();
    this.said = t("{play} is kept; cards show it from now on.", { play: detail.code });
  }

  async #gone({ detail }) {
    this.open = null;
    await this.load();
    this.said = t("{play} is taken away.", { play: detail.code });
  }

  #form(play) {
    return html`<rw-play-form .session=${this.session} .play=${play} .taken=${this.plays.map((one) => one.code)}
      ?unasked=${Boolean(play) && !this.report.get(play.code)?.asked} @kept=${this.#kept} @gone=${this.#gone} @left=${() => (this.open = null)}></rw-play-form>`;
  }

  async #lookAgain() {
    this.fault = null;
    await this.load();
  }

  #refusal() {
    if (!this.fault) return nothing;
    if (this.fault.code !== "stale") return html`<p class="notice bad" role="alert">${sentenceOf(this.fault)}</p>`;
    return overtaken(this.fault, html`<button type="button" class="button" @click=${this.#lookAgain}>${t("Look again")}</button>`, PLAY_WORDS);
  }

  #state({ active, starts, ends }) {
    const today = new Date().toISOString().slice(0, 10);
    if (!active) return html`<span class="badge">${t("paused")}</span>`;
    if (ends && ends < today) return html`<span class="badge">${t("over")}</span>`;
    if (starts && starts > today) return html`<span class="badge">${t("from {when}", { when: day(starts) })}</span>`;
    return html`<span class="badge good">${t("runs")}</span>`;
  }

  #result(code) {
    const { fits, held_out, asked, accepted, declined, later, amount } = this.report.get(code) ?? {};
    const figures = [
      [t("Fits"), fits],
      [t("Held out"), held_out],
      [t("Asked"), asked],
      [t("Accepted"), accepted],
      [t("Declined"), declined],
      [t("Later"), later],
      [t("Amount"), money(amount ?? 0)],
    ];
    return html`<dl>${figures.map(([what, figure]) => html`<div><dt>${what}</dt><dd>${figure ?? 0}</dd></div>`)}</dl>`;
  }

  #play(one) {
    const span = [one.starts && t("from {when}", { when: day(one.starts) }), one.ends && t("until {when}", { when: day(one.ends) })].filter(Boolean);
    return html`<article class="panel">
      <div class="line"><span class="number muted">${one.code}</span>${this.#state(one)}
        ${span.length ? html`<span class="muted">${span.join(" ")}</span>` : nothing}
        ${one.holdout ? html`<span class="muted">${t("{share} % held out", { share: one.holdout })}</span>` : nothing}
        ${this.mayChange
          ? html`<span class="row"><button class="button plain" aria-expanded=${this.open === one.code} aria-label=${t("Change {play}", { play: one.code })} @click=${() => this.#unfold(one.code)}>${t("Change…")}</button>
              <button class="button plain" aria-label=${one.active ? t("Pause {play}", { play: one.code }) : t("Let {play} run", { play: one.code })} ?disabled=${this.open === one.code} @click=${() => this.#run(one, !one.active)}>${one.active ? t("Pause") : t("Let it run")}</button></span>`
          : nothing}</div>
      <p class="prompt">${one.prompt}</p>
      <p class="muted">${listed(segmentWords(one.segment))}</p>
      ${this.#result(one.code)}
      ${this.open === one.code ? this.#form(one) : nothing}
    </article>`;
  }

  show() {
    return html`
      <div class="head"><h1>${t("Plays")}</h1>
        <div class="end">${this.mayChange ? html`<button class="button main" aria-expanded=${this.open === "+"} @click=${() => this.#unfold("+")}>${t("New play")}</button>` : nothing}</div></div>
      <div class="stack">
        <p class="hint">${t("What whoever answers should bring up, and with whom. Who is held out is never asked, so that the two can be compared.")}</p>
        ${this.said ? html`<p class="notice good" role="status">${this.said}</p>` : nothing}
        ${this.#refusal()}
        ${this.open === "+" ? html`<section class="panel stack"><h2>${t("New play")}</h2>${this.#form(null)}</section>` : nothing}
        ${this.plays.length ? repeat(this.plays, ({ code }) => code, (one) => this.#play(one)) : html`<p class="panel empty">${t("There is no play yet.")}</p>`}
      </div>
    `;
  }
}

customElements.define("rw-plays", RwPlays);
