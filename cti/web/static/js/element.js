/* What every component of the page shares: Lit, re-rendering on a change of language, and composed events. */

import { LitElement } from "../vendor/lit/lit.js";
import { onLanguageChange } from "./texts.js";

export class RwElement extends LitElement {
  connectedCallback() {
    super.connectedCallback();
    this.forgetLanguage = onLanguageChange(() => this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.forgetLanguage();
  }

  /** Tell whoever stands above, through every shadow root. */
  emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** What has the focus, through every shadow root. */
export function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

export * from "../vendor/lit/lit.js";
