/* How the pocket card looks. Sizes are for arm's length: the name above all, then tier and matter, then the rest. */

import { css } from "../../vendor/lit/lit.js";

export const styles = css`
  main {
    display: flex;
    flex-direction: column;
    max-width: 34rem;
    min-height: 100dvh;
    margin-inline: auto;
    padding-bottom: calc(1rem + env(safe-area-inset-bottom));
    background: var(--surface);
  }

  .bar {
    position: sticky;
    top: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 0.6rem;
    padding: calc(0.5rem + env(safe-area-inset-top)) 0.75rem 0.5rem 1.1rem;
    background: var(--over);
    color: var(--on-strong);
    font-size: 1.375rem;
  }

  .bar.ringing {
    background: var(--ring-strong);
  }

  .bar.talking {
    background: var(--talk-strong);
  }

  .bar rw-timer {
    font-weight: 600;
  }

  .dot {
    width: 0.9rem;
    height: 0.9rem;
    border-radius: 50%;
    background: currentColor;
  }

  .ringing .dot {
    animation: beat 1.2s ease-in-out infinite;
  }

  @keyframes beat {
    50% {
      opacity: 0.2;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .ringing .dot {
      animation: none;
    }
  }

  .language {
    min-width: 3rem;
    min-height: 2.75rem;
    margin-inline-start: auto;
    border: 1px solid currentColor;
    border-radius: var(--radius-small);
    background: transparent;
    font-size: 1rem;
    font-weight: 600;
  }

  .hint,
  .offline {
    padding: 0.5rem 1.1rem;
    font-size: 1.125rem;
    font-weight: 600;
  }

  .hint {
    border-bottom: 2px solid var(--ring-strong);
    color: var(--ring);
  }

  .offline {
    background: var(--alarm);
    color: var(--on-strong);
  }

  .who {
    display: grid;
    gap: 0.7rem;
    padding: 0.75rem 1.1rem 1rem;
  }

  h1 {
    font-size: clamp(3rem, 17vw, 5rem);
    font-weight: 800;
    line-height: 1.08;
    overflow-wrap: anywhere;
  }

  .badges {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.4rem 0.8rem;
    font-size: 1.5rem;
    font-weight: 600;
  }

  .tier {
    padding: 0.1rem 0.8rem;
    border: 2px solid var(--ink);
    border-radius: 999px;
  }

  .tier.A {
    background: var(--ink);
    color: var(--surface);
  }

  .hush {
    display: flex;
    gap: 0.6rem;
    padding: 0.6rem 0.8rem;
    border: 3px solid var(--alarm);
    border-radius: var(--radius);
    color: var(--alarm);
    font-size: 1.25rem;
    overflow-wrap: anywhere;
  }

  .matter {
    padding: 0.15rem 0 0.15rem 0.8rem;
    border-inline-start: 6px solid var(--brand);
    font-size: 1.5rem;
    line-height: 1.3;
  }

  .matter b {
    display: block;
    color: var(--brand);
    font-size: 1.125rem;
  }

  .matter.complaint {
    border-color: var(--alarm);
  }

  .matter.complaint b {
    color: var(--alarm);
  }

  .matter.trip {
    border-color: var(--ring-strong);
  }

  .matter.trip b {
    color: var(--ring);
  }

  .matter .text {
    display: -webkit-box;
    overflow: hidden;
    font-weight: 600;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow-wrap: anywhere;
  }

  .why {
    font-size: 1.25rem;
    font-weight: 600;
  }

  .says,
  .dialled {
    color: var(--muted);
    font-size: 1.125rem;
  }

  .which {
    display: grid;
    gap: 0.6rem;
    padding: 0.5rem 1.1rem 1rem;
  }

  .which h2 {
    font-size: 1.25rem;
  }

  .thumb {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    justify-content: center;
    min-height: 4rem;
    padding: 0.4rem 1rem;
    border: 2px solid var(--ink);
    border-radius: var(--radius);
    background: var(--surface);
    font-size: 1.5rem;
    font-weight: 700;
  }

  .thumb small {
    color: var(--muted);
    font-size: 1rem;
    font-weight: 400;
  }

  .thumb[aria-pressed="true"] {
    background: var(--ink);
    color: var(--surface);
  }

  .thumb[aria-pressed="true"] small {
    color: var(--surface);
  }

  .waiting {
    padding: 2rem 1.1rem;
    font-size: 1.5rem;
    font-weight: 600;
  }

  rw-card {
    --text: 1.125rem;
    --text-small: 1rem;
    padding: 0.75rem 0.5rem;
  }

  rw-tried {
    --text: 1.125rem;
    --tone: var(--ring);
  }
`;
