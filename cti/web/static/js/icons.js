/* An icon of the sprite beside a word. Decorative: the word says it. */

import { html } from "../vendor/lit/lit.js";

export function icon(name) {
  return html`<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/icons/sprite.svg#${name}"></use></svg>`;
}
