/* The ways to every view, under a few headings: beside the view on a wide screen, behind one button that says where one
   is on a narrow one. Must not know what a view shows. */

import { RwElement, css, html, nothing } from "../element.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { t } from "../texts.js";
import { address, follow } from "./places.js";
import { VIEWS, groupsOf } from "./views.js";

export class RwNavigation extends RwElement {
  static properties = { role: {}, view: {}, open: { state: true } };

  static styles = [
    shared,
    css`
      :host {
        display: block;
      }

      .menu {
        display: flex;
        align-items: center;
        gap: 0.6rem;
        width: 100%;
        min-height: 2.75rem;
        padding: 0.4rem 0.9rem;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
        font-size: var(--text);
        text-align: start;
      }

      .menu .heading {
        white-space: nowrap;
      }

      .menu .mark {
        flex: none;
        margin-inline-start: auto;
        color: var(--muted);
        transform: rotate(90deg);
      }

      .menu[aria-expanded="true"] .mark {
        transform: rotate(-90deg);
      }

      .groups {
        display: none;
        margin-top: 0.5rem;
        padding: 0.9rem 0.75rem 0;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
        columns: 8.5rem 5;
        column-gap: 0.75rem;
      }

      .groups.open {
        display: block;
      }

      .groups > li {
        padding-bottom: 0.9rem;
        break-inside: avoid;
      }

      .groups .heading {
        display: block;
        padding: 0 0.6rem 0.15rem;
      }

      a {
        display: flex;
        align-items: center;
        min-height: 2.5rem;
        padding: 0.25rem 0.6rem;
        border-radius: var(--radius-small);
        color: var(--ink);
        font-size: var(--text);
        font-weight: 500;
        line-height: 1.3;
        text-decoration: none;
      }

      a:hover {
        background: var(--hover);
      }

      a[aria-current] {
        background: var(--brand-soft);
        color: var(--brand);
        font-weight: 600;
      }

      a:focus-visible {
        outline-offset: -2px;
      }

      @media (min-width: 56rem) {
        :host {
          position: sticky;
          top: 0;
          align-self: start;
          max-height: calc(100vh - 3.25rem);
          padding-block: 1.25rem;
          overflow-y: auto;
          scrollbar-width: thin;
        }

        .menu {
          display: none;
        }

        .groups,
        .groups.open {
          display: block;
          margin: 0;
          padding: 0;
          border: 0;
          background: none;
          columns: 1;
        }

        a {
          min-height: 1.9rem;
          padding-block: 0.15rem;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.open = false;
  }

  updated(changes) {
    // In a low window the ways scroll: the one that was taken is in sight.
    const here = this.renderRoot.querySelector("[aria-current]");
    if (!changes.has("view") || !here || this.scrollHeight <= this.clientHeight) return;
    const { top, bottom } = here.getBoundingClientRect();
    const box = this.getBoundingClientRect();
    if (top < box.top || bottom > box.bottom) this.scrollTop += top - box.top - box.height / 2;
  }

  #menu() {
    return this.renderRoot.querySelector(".menu");
  }

  /* Where the ways lie behind the button they go when one was taken, and the button says where one is now. */
  #taken(event) {
    if (!this.open || !event.defaultPrevented) return;
    this.open = false;
    this.#menu().focus();
  }

  #key(event) {
    if (event.key !== "Escape" || !this.open) return;
    this.open = false;
    this.#menu().focus();
  }

  #way(view) {
    const follows = follow(view);
    return html`<li><a href=${address(view)} aria-current=${view === this.view ? "page" : nothing} @click=${(event) => {
      follows(event);
      this.#taken(event);
    }}>${VIEWS[view].title()}</a></li>`;
  }

  render() {
    const groups = groupsOf(this.role);
    const here = groups.find(({ views }) => views.includes(this.view));
    return html`<nav aria-label=${t("Administration")} @keydown=${this.#key}>
      <button type="button" class="menu" aria-expanded=${this.open} aria-controls="groups" @click=${() => (this.open = !this.open)}>
        ${icon("menu")}
        <span class="sr">${t("Menu:")}</span>
        ${here ? html`<span class="heading">${here.title()}</span><b>${VIEWS[this.view].title()}</b>` : html`<b>${t("All views")}</b>`}
        <span class="mark">${icon("further")}</span>
      </button>
      <ul id="groups" class="groups ${this.open ? "open" : ""}">
        ${groups.map(
          ({ key, title, views }) => html`<li><span class="heading" id=${`of-${key}`}>${title()}</span>
            <ul aria-labelledby=${`of-${key}`}>${views.map((view) => this.#way(view))}</ul></li>`,
        )}
      </ul>
    </nav>`;
  }
}

customElements.define("rw-navigation", RwNavigation);
