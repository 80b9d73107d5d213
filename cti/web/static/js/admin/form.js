/* What is being edited: a draft beside what was read, tried while one types, saved from the version that was seen.
   Subclasses say what is sent and how it looks. */

import { html, nothing } from "../element.js";
import { t } from "../texts.js";
import { overtaken } from "./overtaken.js";
import "./rw-plan.js";
import { holdUnsaved } from "./places.js";
import { View, sentenceOf } from "./view.js";

const PAUSE = 350; // milliseconds after the last key before a draft is tried

export class Form extends View {
  static properties = {
    draft: { state: true },
    fault: { state: true },
    plan: { state: true },
    busy: { state: true },
    saved: { state: true },
  };

  constructor() {
    super();
    this.seen = {};
    this.draft = {};
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    holdUnsaved(this, false);
  }

  /** Begin with what was read; `version` is null for a new thing. */
  begin(seen, version) {
    this.seen = seen;
    this.version = version;
    this.draft = { ...seen };
    this.fault = null;
    holdUnsaved(this, false);
    this.tryOut();
  }

  /** What differs from what was read. */
  get changed() {
    const same = (one, other) => JSON.stringify(one ?? "") === JSON.stringify(other ?? "");
    return Object.fromEntries(Object.entries(this.draft).filter(([name, value]) => !same(value, this.seen[name])));
  }

  get dirty() {
    return Object.keys(this.changed).length > 0;
  }

  put(name, value) {
    this.draft = { ...this.draft, [name]: value };
    this.saved = "";
    holdUnsaved(this, this.dirty);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tryOut(), PAUSE);
  }

  /** The sentence that belongs beside a field. */
  faultOf(name) {
    return this.fault?.told?.field === name ? this.fault.message : "";
  }

  /** Have the server check the draft, and say who would ring; nothing is kept. */
  async tryOut() {
    if (!this.mayChange || !this.ready()) return;
    const mine = (this.trial = Symbol("trial"));
    try {
      const answer = await this.send(this.previewed());
      if (this.trial === mine) [this.plan, this.fault] = [answer.plan, null];
    } catch (error) {
      if (this.trial === mine) [this.plan, this.fault] = [null, error];
    }
  }

  /** Whether there is enough to try. */
  ready() {
    return true;
  }

  async save(event) {
    event?.preventDefault();
    clearTimeout(this.timer);
    this.trial = null;
    this.busy = true;
    this.saved = "";
    try {
      const answer = await this.send();
      holdUnsaved(this, false);
      this.fault = null;
      await this.kept(answer);
    } catch (error) {
      this.fault = error;
      await this.updateComplete;
      this.renderRoot.querySelector('[aria-invalid="true"], .notice.bad')?.focus?.();
    } finally {
      this.busy = false;
    }
  }

  /** Look at what is there now, and lay what was changed here on top of it. */
  async catchUp() {
    const mine = this.changed;
    await this.load();
    this.draft = { ...this.draft, ...mine };
    holdUnsaved(this, this.dirty);
    this.tryOut();
  }

  /** What belongs to no field: the whole is refused, or somebody else was faster. */
  refusal(names) {
    const error = this.fault;
    if (!error || names.includes(error.told?.field)) return nothing;
    if (error.code === "stale")
      return overtaken(error, html`<button type="button" class="button" @click=${() => this.catchUp()}>${t("Take that over, and keep my changes on top")}</button>`);
    return html`<div class="notice bad" role="alert" tabindex="-1">${sentenceOf(error)}</div>`;
  }

  /** The line with the buttons. */
  actions(extra = nothing) {
    if (!this.mayChange) return html`<div class="panel actions"><span class="said muted">${t("You can look at this, not change it.")}</span></div>`;
    const said = this.dirty ? t("Unsaved changes") : this.saved || "";
    return html`<div class="panel actions">
      <span class="said ${this.dirty ? "" : "muted"}" role="status">${said}</span>
      ${extra}
      ${this.dirty
        ? html`<button type="button" class="button" @click=${() => this.begin(this.seen, this.version)}>${t("Discard")}</button>`
        : nothing}
      <button class="button main" ?disabled=${this.busy || !this.dirty}>${t("Save")}</button>
    </div>`;
  }

  /** The preview beside the form. */
  preview(title) {
    return html`<aside class="panel stack" aria-live="polite">
      <h2>${title}</h2>
      ${this.plan
        ? html`<rw-plan .plan=${this.plan}></rw-plan>`
        : html`<p class="hint">${this.fault ? t("Nothing to show: this cannot be saved as it is.") : t("Fill in the form to see who would ring.")}</p>`}
    </aside>`;
  }
}
