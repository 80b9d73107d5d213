/* What every view of the administration shares: loading, failing, trying again; and fields with their faults beside. */

import { RwElement, html, ifDefined, nothing } from "../element.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { sheet } from "./sheet.js";

/** A refusal as a sentence for the person reading. */
export function sentenceOf(error) {
  if (!error) return "";
  if (error.status === 0) return t("The server cannot be reached. Try again in a moment.");
  return error.message || t("That did not work. Try again.");
}

/** A view that reads something first: `read()` fetches, `show()` renders what was fetched. */
export class View extends RwElement {
  static properties = {
    session: { attribute: false },
    loading: { state: true },
    failure: { state: true },
  };

  static styles = [shared, sheet];

  constructor() {
    super();
    this.loading = true;
  }

  /** Whether the person may change anything here. */
  get mayChange() {
    return ["manager", "admin"].includes(this.session?.role);
  }

  connectedCallback() {
    super.connectedCallback();
    this.load();
  }

  /** Read, or read again: what is shown stays until the new is there. */
  async load() {
    this.failure = null;
    try {
      await this.read();
    } catch (error) {
      this.failure = error;
    } finally {
      this.loading = false;
    }
  }

  render() {
    if (this.failure)
      return html`<div class="notice bad" role="alert">
        <span>${sentenceOf(this.failure)}</span>
        <div><button class="button" @click=${() => this.load()}>${t("Try again")}</button></div>
      </div>`;
    if (this.loading) return html`<p class="empty" role="status">${t("Loading…")}</p>`;
    return this.show();
  }
}

/** One field: label, control, hint, and what is wrong with it beside it. `control` gets the attributes it needs. */
export function field({ name, label, fault, hint, wide, control }) {
  return html`<div class="one ${wide ? "wide" : ""}">
    <label for=${name}>${label}</label>
    ${control}
    ${hint ? html`<small id=${`${name}-hint`}>${hint}</small>` : nothing}
    ${fault ? html`<span class="error" id=${`${name}-fault`} role="alert">${fault}</span>` : nothing}
  </div>`;
}

/** A field for a line of text. */
export function line(form, name, { label, hint, wide, type = "text", ...rest }) {
  const fault = form.faultOf(name);
  return field({
    name,
    label,
    hint,
    wide,
    fault,
    control: html`<input
      class="field"
      id=${name}
      name=${name}
      type=${type}
      .value=${form.draft[name] ?? ""}
      maxlength=${rest.longest ?? 100}
      placeholder=${rest.placeholder ?? ""}
      inputmode=${ifDefined(rest.inputmode)}
      min=${ifDefined(rest.min)}
      max=${ifDefined(rest.max)}
      autocomplete="off"
      ?required=${rest.required}
      aria-invalid=${fault ? "true" : "false"}
      aria-describedby=${ifDefined(fault ? `${name}-fault` : hint ? `${name}-hint` : undefined)}
      @input=${({ target }) => form.put(name, type === "number" ? Number(target.value) : target.value)}
    >`,
  });
}

/** A field to choose from `[value, words]`. */
export function choice(form, name, { label, hint, wide, options }) {
  const fault = form.faultOf(name);
  return field({
    name,
    label,
    hint,
    wide,
    fault,
    control: html`<select
      class="field"
      id=${name}
      name=${name}
      aria-invalid=${fault ? "true" : "false"}
      @change=${({ target }) => form.put(name, target.value)}
    >
      ${options.map(
        ([value, words]) => html`<option value=${value} ?selected=${(form.draft[name] ?? "") === value}>${words}</option>`,
      )}
    </select>`,
  });
}
