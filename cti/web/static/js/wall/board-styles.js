/* How the board looks: one screen on a wall, one column on a telephone. Sizes in rem, which css/wall.css scales. */

import { css } from "../element.js";

export const board = css`
  :host {
    display: grid;
    gap: 0.6rem;
    padding: 0.6rem;
    align-content: start;
    grid-template-columns: minmax(0, 1fr);
  }

  :host([stale]) section {
    border-style: dashed;
    background: var(--sunken);
    filter: saturate(0.3);
  }

  section {
    display: flex;
    flex-direction: column;
    min-width: 0;
    padding: 0.4rem 0.9rem 0.6rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    overflow: hidden;
  }

  h2 {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: 0 1rem;
    color: var(--muted);
    font-size: 1.1rem;
    font-weight: 600;
  }

  .counts {
    display: flex;
    flex-wrap: wrap;
    gap: 0 1rem;
    font-weight: 500;
  }

  b {
    color: var(--ink);
    font-size: 1.5rem;
    font-variant-numeric: tabular-nums;
  }

  b.ring,
  b.ringing {
    color: var(--ring);
  }

  b.talk,
  b.available {
    color: var(--talk);
  }

  b.late {
    color: var(--alarm);
  }

  .none {
    display: grid;
    flex: 1;
    min-height: 4rem;
    place-content: center;
    color: var(--muted);
    font-size: 1.4rem;
  }

  .more {
    margin-top: 0.15rem;
    color: var(--muted);
    font-size: 1.05rem;
    line-height: 1.3;
  }

  .calls li {
    display: grid;
    align-items: center;
    gap: 0 0.7rem;
    min-height: 3.3rem;
    margin-top: 0.35rem;
    padding: 0.2rem 0.8rem;
    border-inline-start: 0.4rem solid var(--talk);
    border-radius: var(--radius-small);
    background: var(--talk-soft);
    grid-template-columns: auto 4.6rem minmax(0, 1fr) auto;
  }

  .calls li.ringing {
    border-color: var(--ring);
    background: var(--ring-soft);
  }

  .mark,
  .state {
    color: var(--talk);
    font-size: 1.25rem;
    font-weight: 600;
  }

  .ringing .mark,
  .ringing .state {
    color: var(--ring);
  }

  .calls .who {
    overflow: hidden;
    font-size: 1.7rem;
    font-weight: 700;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .calls small {
    margin-inline-start: 0.4rem;
    color: var(--muted);
    font-size: 1.15rem;
    font-weight: 500;
  }

  .time,
  .when {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }

  .calls .time {
    font-size: 1.7rem;
    font-weight: 700;
  }

  .calls.many li {
    min-height: 1.85rem;
    margin-top: 0.22rem;
    padding-block: 0;
  }

  .calls.many .who,
  .calls.many .time {
    font-size: 1.25rem;
  }

  .calls.many .state,
  .calls.many .mark,
  .calls.many small {
    font-size: 1.05rem;
  }

  .figure {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    font-size: 3.4rem;
    font-weight: 800;
    font-variant-numeric: tabular-nums;
    line-height: 1.1;
  }

  .figure small {
    color: var(--muted);
    font-size: 1.25rem;
    font-weight: 500;
  }

  .bar {
    width: 100%;
    height: 0.8rem;
    margin: 0.2rem 0 0.3rem;
    border-radius: 0.2rem;
  }

  .track {
    fill: var(--quiet-soft);
  }

  .fill {
    fill: var(--talk);
  }

  .tick {
    fill: var(--ink);
  }

  .aim {
    display: flex;
    justify-content: space-between;
    font-size: 1.15rem;
  }

  .low .fill {
    fill: var(--ring);
  }

  .rate.alarm {
    border-color: var(--alarm-line);
    background: var(--alarm-soft);
  }

  .alarm .figure,
  .alarm .icon {
    color: var(--alarm);
  }

  .alarm .figure small,
  .alarm h2 {
    color: var(--ink);
  }

  .alarm .fill {
    fill: var(--alarm);
  }

  .alarm .track {
    fill: var(--surface);
  }

  .promises li {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    min-height: 1.75rem;
    border-top: 1px solid var(--line);
    font-size: 1.25rem;
    line-height: 1.3;
  }

  .promises .who {
    flex: 1;
    overflow: hidden;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .late .when,
  .late .icon {
    color: var(--alarm);
    font-weight: 700;
  }

  .people ul {
    display: grid;
    gap: 0.4rem;
    margin-top: 0.3rem;
    grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
  }

  .people li {
    --state: var(--muted);
    display: grid;
    padding: 0.25rem 0.7rem;
    border-radius: var(--radius-small);
    background: var(--sunken);
  }

  .name {
    overflow: hidden;
    font-size: 1.4rem;
    font-weight: 700;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .how {
    display: flex;
    align-items: center;
    gap: 0.4rem;
    overflow: hidden;
    color: var(--state);
    font-size: 1.1rem;
    font-weight: 600;
    white-space: nowrap;
  }

  .how .time {
    margin-inline-start: auto;
  }

  .dot {
    width: 0.7rem;
    height: 0.7rem;
    flex: none;
    border-radius: 50%;
    background: var(--state);
  }

  .people li.available {
    --state: var(--talk);
  }

  .people li.ringing {
    --state: var(--ring);
    background: var(--ring-soft);
  }

  .people li.on_call {
    --state: var(--brand);
    background: var(--brand-soft);
  }

  .people li.wrap_up {
    --state: var(--brand);
  }

  .people li.dnd {
    --state: var(--alarm);
  }

  .people .offline .dot,
  .people .on_leave .dot {
    border: 0.14rem solid var(--state);
    background: none;
  }

  .people .offline .name,
  .people .on_leave .name {
    color: var(--muted);
    font-weight: 500;
  }

  .people.many .name {
    font-size: 1.15rem;
  }

  .people.many .how {
    font-size: 1rem;
  }

  .people.many li {
    padding: 0.1rem 0.5rem;
  }

  @media (max-width: 30rem) {
    .calls li {
      grid-template-columns: auto minmax(0, 1fr) auto;
    }

    .calls .state {
      display: none;
    }

    .calls .who {
      font-size: 1.2rem;
      white-space: normal;
    }

    .calls small {
      display: block;
      margin: 0;
    }

    .calls .time {
      font-size: 1.3rem;
    }
  }

  @media (min-width: 1000px) and (orientation: landscape) {
    :host {
      height: 100%;
      grid-template-columns: minmax(0, 1fr) 21rem;
      grid-template-rows: auto minmax(0, 1fr) auto;
      align-content: stretch;
    }

    .calls {
      grid-row: 1 / 3;
    }

    .people {
      grid-column: 1 / -1;
    }

    .people ul {
      grid-template-columns: repeat(4, minmax(0, 1fr));
    }

    .people.many ul {
      grid-template-columns: repeat(6, minmax(0, 1fr));
    }
  }
`;
