/* Rules that several components share: controls, badges, icons. Colours and measures come from css/page.css. */

import { css } from "../vendor/lit/lit.js";

export const shared = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  :host([hidden]) {
    display: none;
  }

  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }

  ul,
  ol {
    list-style: none;
  }

  .icon {
    width: 1.15em;
    height: 1.15em;
    flex: none;
    vertical-align: -0.2em;
  }

  .muted {
    color: var(--muted);
  }

  .number {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }

  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  button,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }

  button {
    cursor: pointer;
  }

  button:disabled {
    cursor: default;
  }

  :focus-visible {
    outline: 2px solid var(--brand);
    outline-offset: 2px;
  }

  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.4em;
    min-height: 2.25rem;
    padding: 0.3rem 0.9rem;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    background: var(--surface);
    font-size: var(--text);
    font-weight: 500;
    white-space: nowrap;
  }

  .button:hover:not(:disabled) {
    background: var(--hover);
  }

  .button.main {
    border-color: var(--brand);
    background: var(--brand);
    color: var(--on-brand);
    font-weight: 600;
  }

  .button.main:hover:not(:disabled) {
    background: color-mix(in srgb, var(--brand) 88%, var(--ink));
  }

  .button:disabled {
    border-color: var(--line);
    background: var(--quiet-soft);
    color: var(--muted);
  }

  .button.plain {
    min-height: 2rem;
    padding: 0.2rem 0.5rem;
    border-color: transparent;
    background: transparent;
    color: var(--muted);
  }

  .button.plain:hover {
    background: var(--hover);
    color: var(--ink);
  }

  .link {
    padding: 0.15rem 0;
    border: 0;
    background: none;
    color: var(--brand);
    font-size: inherit;
    text-align: start;
    text-decoration: underline;
    text-decoration-color: color-mix(in srgb, var(--brand) 40%, transparent);
    text-underline-offset: 0.2em;
  }

  .link:hover {
    text-decoration-color: currentColor;
  }

  .tel {
    color: inherit;
    text-decoration: underline;
    text-decoration-color: color-mix(in srgb, currentColor 35%, transparent);
    text-underline-offset: 0.2em;
  }

  .tel:hover {
    color: var(--brand);
  }

  a.button {
    color: inherit;
    text-decoration: none;
  }

  .field {
    width: 100%;
    min-height: 2.25rem;
    padding: 0.35rem 0.7rem;
    border: 1px solid var(--line-field);
    border-radius: var(--radius-small);
    background: var(--surface);
    color: var(--ink);
    font-size: var(--text);
  }

  .field::placeholder {
    color: var(--muted);
    opacity: 1;
  }

  .panel {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    box-shadow: var(--shadow);
  }

  .heading {
    color: var(--muted);
    font-size: var(--text-small);
    font-weight: 600;
  }

  .badge {
    display: inline-flex;
    align-items: center;
    gap: 0.3em;
    padding: 0.05rem 0.5rem;
    border-radius: 999px;
    background: var(--quiet-soft);
    color: var(--muted);
    font-size: var(--text-small);
    font-weight: 600;
    white-space: nowrap;
  }

  .badge.open {
    background: var(--alarm-soft);
    color: var(--alarm);
  }

  .badge.moving {
    background: var(--ring-soft);
    color: var(--ring);
  }

  .badge.good {
    background: var(--talk-soft);
    color: var(--talk);
  }

  .badge.brand {
    background: var(--brand-soft);
    color: var(--brand);
  }

  .error {
    color: var(--alarm);
    font-size: var(--text-small);
  }
`;
