/* Rules that the administration's views share: forms, tables, notices. Colours come from css/page.css. */

import { css } from "../../vendor/lit/lit.js";

export const sheet = css`
  :host {
    display: block;
  }

  h1 {
    font-size: 1.375rem;
    line-height: 1.25;
  }

  h2 {
    font-size: 1rem;
  }

  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    margin-bottom: 1rem;
  }

  /* Beside the title at the far end; below it, where there is no room, at the near one. */
  .head h1 {
    margin-inline-end: auto;
  }

  .head .end {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
  }

  .panel {
    padding: 1rem 1.125rem;
  }

  .stack {
    display: grid;
    gap: 1rem;
    grid-template-columns: minmax(0, 1fr);
    align-content: start;
  }

  .two {
    display: grid;
    gap: 1rem;
    grid-template-columns: minmax(0, 1fr);
    align-items: start;
  }

  @media (min-width: 70rem) {
    .two {
      grid-template-columns: minmax(0, 1fr) 23rem;
    }

    .two > aside {
      position: sticky;
      top: 1rem;
    }
  }

  form,
  .fields {
    display: grid;
    gap: 0.9rem 1rem;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 13.5rem), 1fr));
    align-items: start;
  }

  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }

  select {
    font: inherit;
  }

  a.button {
    text-decoration: none;
  }

  .wide {
    grid-column: 1 / -1;
  }

  .one {
    display: grid;
    gap: 0.25rem;
    grid-template-columns: minmax(0, 1fr);
    min-width: 0;
  }

  .one > label,
  .one > .label {
    font-size: var(--text-small);
    font-weight: 600;
  }

  .one small,
  .hint {
    color: var(--muted);
    font-size: var(--text-small);
  }

  .field[aria-invalid="true"] {
    border-color: var(--alarm);
  }

  select.field {
    padding-inline-end: 0.4rem;
  }

  .field:disabled {
    background: var(--sunken);
    color: var(--muted);
  }

  .choice {
    display: inline-flex;
    align-items: center;
    gap: 0.45rem;
    min-height: 2rem;
    font-size: var(--text);
  }

  .choice input {
    width: 1.05rem;
    height: 1.05rem;
    margin: 0;
    accent-color: var(--brand);
  }

  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
  }

  .row select.field {
    width: auto;
    max-width: 100%;
  }

  .actions {
    position: sticky;
    bottom: 0;
    z-index: 1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 0.75rem;
    padding: 0.75rem 1.125rem;
  }

  .actions .said {
    margin-inline-end: auto;
    font-size: var(--text-small);
  }

  .notice {
    display: grid;
    gap: 0.5rem;
    padding: 0.75rem 1rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--sunken);
    font-size: var(--text);
  }

  .notice > * {
    min-width: 0;
    overflow-wrap: anywhere;
  }

  /* A way on is said in a sentence, which may be longer than a telephone is wide. */
  .notice .button {
    white-space: normal;
  }

  .notice.bad {
    border-color: var(--alarm-line);
    background: var(--alarm-soft);
    color: var(--alarm);
  }

  .notice.warn {
    border-color: var(--ring-line);
    background: var(--ring-soft);
    color: var(--ring);
  }

  .notice.good {
    border-color: var(--talk-line);
    background: var(--talk-soft);
    color: var(--talk);
  }

  .scroll {
    overflow-x: auto;
  }

  table {
    width: 100%;
    border-collapse: collapse;
    font-size: var(--text);
  }

  th {
    padding: 0.4rem 0.75rem 0.4rem 0;
    border-bottom: 1px solid var(--line);
    color: var(--muted);
    font-size: var(--text-small);
    font-weight: 600;
    text-align: start;
    white-space: nowrap;
  }

  tbody th {
    white-space: normal;
  }

  td {
    padding: 0.5rem 0.75rem 0.5rem 0;
    border-bottom: 1px solid var(--line);
    vertical-align: top;
  }

  tr:last-child td,
  tbody tr:last-child th {
    border-bottom: 0;
  }

  .dot {
    display: inline-block;
    width: 0.55rem;
    height: 0.55rem;
    margin-inline-end: 0.35rem;
    border-radius: 50%;
    background: var(--line-strong);
  }

  .dot.good {
    background: var(--talk);
  }

  .dot.warn {
    background: var(--ring);
  }

  .dot.bad {
    background: var(--alarm);
  }

  a {
    color: var(--brand);
    text-underline-offset: 0.2em;
  }

  .hint + .one {
    margin-top: 0.75rem;
  }

  .stack > .hint + .one,
  .fields > .hint + .one,
  form > .hint + .one {
    margin-top: 0;
  }

  .empty {
    padding: 2rem 1rem;
    color: var(--muted);
    text-align: center;
  }

  del {
    color: var(--alarm);
    text-decoration-color: color-mix(in srgb, var(--alarm) 50%, transparent);
  }

  ins {
    color: var(--talk);
    text-decoration: none;
  }
`;
