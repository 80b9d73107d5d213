/* What a pocket card shows, and how one message changes it. Pure: state and message in, next state out.
   `docs/pocket-card.md` has the messages. */

/** Before the first snapshot. `standing`: how far the card is; `pop`: the desktop's; `skew`: server's clock minus ours. */
export function emptyPocket() {
  return { standing: null, pop: null, names: {}, skew: 0 };
}

/** The state after `message`; `now` is our clock in milliseconds. */
export function applyPocket(state, message, now) {
  const step = Object.hasOwn(STEPS, message.type) ? STEPS[message.type] : null;
  return step ? step(state, message, now) : state; // a newer server may say more than this page knows
}

const STEPS = {
  snapshot(state, { at, standing, pop, names }, now) {
    // A daemon that was restarted after the call has forgotten the card; this page has not.
    const kept = standing.state === "wrap_up" ? state.pop : null;
    return { standing, pop: pop ?? kept, names: { ...state.names, ...names }, skew: Date.parse(at) - now };
  },

  pocket(state, { type: _type, seq: _seq, ...standing }) {
    return standing.state === "gone" ? { ...state, standing, pop: null } : { ...state, standing };
  },

  pop(state, { type: _type, seq: _seq, ...pop }) {
    return { ...state, pop };
  },

  "pop.moved"(state, { leg, tried, why }) {
    return amended(state, { leg, tried, ...(why === undefined ? {} : { why }) });
  },

  "pop.card"(state, { matches, card }) {
    return amended(state, { matches, card });
  },

  "call.answered"(state, { at }) {
    return amended(state, { state: "talking", answered: at });
  },

  ping(state, { at }, now) {
    return { ...state, skew: Date.parse(at) - now };
  },
};

function amended(state, change) {
  return state.pop ? { ...state, pop: { ...state.pop, ...change } } : state;
}
