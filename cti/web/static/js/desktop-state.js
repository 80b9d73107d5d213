/* What this desktop shows, and how one message changes it. Pure: state and message in, next state out; no clock, no
   network, no document. `docs/desktop-protocol.md` has the messages. */

const MOST_NOTICES = 3;

/** A desktop before its first snapshot. `calls`: live ones and those over but not yet put away. `shown`: what stands in
 *  the centre, `{call: id}` or `{customer: id}`. `skew`: server's clock minus ours, milliseconds. */
export function emptyDesktop() {
  return { agent: null, name: "", colleagues: [], calls: [], shown: null, notices: [], promises: [], alarms: [],
    wrapUp: null, company: [], floor: [], skew: 0 };
}

/** The state after `message`. `context.now`: our clock in ms; `context.hasDraft(callId)`: a note is being written. */
export function applyMessage(state, message, context) {
  const step = Object.hasOwn(STEPS, message.type) ? STEPS[message.type] : null;
  return step ? step(state, message, context) : state; // a newer server may say more than this page knows
}

export const liveCalls = (state) => state.calls.filter((call) => call.state !== "ended");
export const callById = (state, id) => state.calls.find((call) => call.call_id === id) ?? null;
export const shownCall = (state) => (state.shown?.call ? callById(state, state.shown.call) : null);

/** Put a call or a customer in the centre, or nothing. */
export function show(state, shown) {
  return { ...state, shown };
}

/** Change one call by hand: a customer was chosen, a card was read. */
export function amendCall(state, id, change) {
  return { ...state, calls: state.calls.map((call) => (call.call_id === id ? { ...call, ...change } : call)) };
}

/** Put an ended call away. */
export function putAway(state, id) {
  return settled({ ...state, calls: state.calls.filter((call) => call.call_id !== id) });
}

/** Bring back calls that had ended before a reload. */
export function restoreEnded(state, calls) {
  const known = new Set(state.calls.map((call) => call.call_id));
  return { ...state, calls: [...state.calls, ...calls.filter((call) => !known.has(call.call_id))] };
}

/** Take a notice away; several may share an id. */
export function dismissNotice(state, id) {
  return { ...state, notices: state.notices.filter((notice) => notice.id !== id) };
}

/** Fill in who it was, once known. */
export function nameNotice(state, id, by) {
  return { ...state, notices: state.notices.map((notice) => (notice.id === id ? { ...notice, by } : notice)) };
}

/** Whether this promise is late and this person should do something about it: theirs, or grown a manager's. */
export function isMyAlarm(state, { owner, escalated_to: deputy, level }) {
  const mine = state.agent !== null && (owner === state.agent || deputy === state.agent);
  return level >= 3 || (mine && level >= 1);
}

const STEPS = {
  snapshot(state, message, context) {
    const skew = skewOf(message.at, context);
    const live = message.pops.map((pop) => ({ ...stripped(pop), chosen: callById(state, pop.call_id)?.chosen }));
    const ids = new Set(live.map((pop) => pop.call_id));
    const gone = state.calls
      .filter((call) => !ids.has(call.call_id))
      .map((call) => (call.state === "talking" ? over(call, message.at, "lost") : call))
      .filter((call) => call.state === "ended" || context.hasDraft(call.call_id))
      .map((call) => (call.state === "ended" ? call : over(call, message.at, "lost")));
    const next = {
      ...state,
      agent: message.agent,
      name: message.name,
      colleagues: message.colleagues.map(({ type: _type, ...colleague }) => colleague),
      promises: byUrgency(message.promises ?? []),
      alarms: message.alarms ?? [],
      floor: (message.floor ?? []).map(untyped),
      wrapUp: message.wrapup ? untyped(message.wrapup) : null,
      company: (message.company ?? []).map(untyped),
      calls: [...live, ...gone],
      skew,
    };
    const news = live.filter((call) => !callById(state, call.call_id));
    const lead = news.find((call) => call.state === "talking") ?? news[0];
    const busy = shownCall(next)?.state === "talking";
    return settled(lead && !busy ? show(next, { call: lead.call_id }) : next);
  },

  pop(state, message, context) {
    const pop = stripped(message);
    const known = callById(state, pop.call_id);
    const calls = known
      ? state.calls.map((call) => (call.call_id === pop.call_id ? { ...pop, chosen: call.chosen, disputed: call.disputed } : call))
      : [pop, ...state.calls.filter((call) => call.state !== "ended" || context.hasDraft(call.call_id))];
    const busy = shownCall(state)?.state === "talking"; // who is talking keeps the card of whom they talk to
    return settled({ ...state, calls, shown: busy || known ? state.shown : { call: pop.call_id } });
  },

  "pop.moved"(state, { call_id, leg, tried, why }) {
    return amendCall(state, call_id, { leg, tried, ...(why === undefined ? {} : { why }) });
  },

  "pop.withdrawn"(state, { call_id, reason, by }, context) {
    const call = callById(state, call_id);
    if (!call || call.state === "ended") return state;
    if (reason === "watch_over") return putAway(state, call_id); // who only listened has nothing to finish
    if (reason === "caller_hung_up") {
      return amendCall(state, call_id, over(call, new Date(context.now + state.skew).toISOString(), reason));
    }
    const kept = context.hasDraft(call_id)
      ? amendCall(state, call_id, over(call, new Date(context.now + state.skew).toISOString(), reason))
      : { ...state, calls: state.calls.filter((other) => other.call_id !== call_id) };
    const { caller, card, matches } = call;
    const name = card?.name || matches[0]?.name || (caller.withheld ? "" : caller.name || caller.e164 || caller.raw);
    const notice = { id: call_id, linkedid: call.linkedid, reason, by: by ?? "", caller: name };
    return settled({ ...kept, notices: [notice, ...state.notices].slice(0, MOST_NOTICES) });
  },

  "call.answered"(state, { call_id, at }) {
    const next = amendCall(state, call_id, { state: "talking", answered: at });
    // Who picked up a second call is talking to that caller now.
    return callById(state, call_id) ? show(next, { call: call_id }) : state;
  },

  "call.ended"(state, { call_id, at, reason }) {
    const call = callById(state, call_id);
    return call ? amendCall(state, call_id, over(call, at, reason)) : state;
  },

  "pop.card"(state, { call_id, matches, card }) {
    return amendCall(state, call_id, { matches, card });
  },

  presence(state, { type: _type, seq: _seq, ...entry }) {
    const { agent } = entry;
    const known = state.colleagues.some((colleague) => colleague.agent === agent);
    const colleagues = known
      ? state.colleagues.map((colleague) => (colleague.agent === agent ? entry : colleague))
      : [...state.colleagues, entry];
    return { ...state, colleagues };
  },

  "presence.gone"(state, { agent }) {
    return { ...state, colleagues: state.colleagues.filter((colleague) => colleague.agent !== agent) };
  },

  "wrapup.started"(state, message) {
    return { ...state, wrapUp: untyped(message) };
  },

  "wrapup.ended"(state, { call_id }) {
    return state.wrapUp?.call_id === call_id ? { ...state, wrapUp: null } : state;
  },

  "colleague.active"(state, message) {
    const others = state.company.filter((one) => one.customer_id !== message.customer_id || one.agent !== message.agent);
    return { ...state, company: message.what === "over" ? others : [...others, untyped(message)] };
  },

  "floor.call"(state, message) {
    const { call_id: id, agent } = message;
    const others = state.floor.filter((call) => call.call_id !== id || call.agent !== agent);
    return { ...state, floor: [...others, untyped(message)] };
  },

  "floor.gone"(state, { call_id: id, agent }) {
    return { ...state, floor: state.floor.filter((call) => call.call_id !== id || call.agent !== agent) };
  },

  alarm(state, { kind, raised, since, values }) {
    const others = state.alarms.filter((alarm) => alarm.kind !== kind);
    return { ...state, alarms: raised ? [...others, { kind, raised, since, values }] : others };
  },

  promise(state, { type: _type, seq: _seq, ...promise }) {
    return { ...state, promises: byUrgency([...state.promises.filter(({ id }) => id !== promise.id), promise]) };
  },

  "promise.gone"(state, { id: gone }) {
    return { ...state, promises: state.promises.filter(({ id }) => id !== gone) };
  },

  ping(state, { at }, context) {
    return { ...state, skew: skewOf(at, context) };
  },
};

function skewOf(at, context) {
  return Date.parse(at) - context.now;
}

function byUrgency(promises) {
  return [...promises].sort((one, other) => Date.parse(one.due) - Date.parse(other.due) || one.id - other.id);
}

function untyped({ type: _type, seq: _seq, ...rest }) {
  return rest;
}

function stripped({ type: _type, seq: _seq, ...pop }) {
  return { ...pop, ended: null, reason: "" };
}

function over(call, at, reason) {
  return { ...call, state: "ended", ended: at, reason };
}

/** The centre never points at a call that is gone: then the one being talked to, else the newest that rings. */
function settled(state) {
  const { shown } = state;
  if (shown?.customer || callById(state, shown?.call)) return state;
  const live = liveCalls(state);
  const next = live.find((call) => call.state === "talking") ?? live[0];
  return { ...state, shown: next ? { call: next.call_id } : null };
}
