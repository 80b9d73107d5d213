/* The HTTP API as functions. One error type; knows no component and keeps no state but who to tell of a lost session. */

import { currentLanguage } from "./texts.js";

const ROOT = "/api/v1";

export class ApiError extends Error {
  /** `told` is the whole refusal: `field` at fault, and with the code `stale` `by`, `at` and `changes`. */
  constructor(status, code, message, told = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.told = told;
  }
}

let onLoggedOut = () => {};

/** Tell `listener` when the server no longer knows this session. */
export function whenLoggedOut(listener) {
  onLoggedOut = listener;
}

/** Ask the server: the answer's JSON, null when it is empty; throws ApiError. */
export async function ask(method, path, asked = {}) {
  const response = await answer(method, path, asked);
  return response.status === 204 ? null : response.json();
}

/** Read what the server answers as text; throws ApiError. */
export async function askText(path) {
  return (await answer("GET", path, {})).text();
}

async function answer(method, path, { body, query, signal }) {
  const url = new URL(ROOT + path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) url.searchParams.set(name, value);
  }
  const headers = { Accept: "application/json", "Accept-Language": currentLanguage() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "");
  }
  if (response.ok) return response;
  const refused = await response.json().catch(() => ({}));
  const told = refused.error && typeof refused.error === "object" ? refused.error : refused;
  if (response.status === 401 && path !== "/session") onLoggedOut();
  throw new ApiError(response.status, told.code ?? "failed", told.message ?? "", told);
}

const id = encodeURIComponent;

export const readSession = () => ask("GET", "/session");
export const logIn = (login, password) => ask("POST", "/session", { body: { login, password } });
export const changePassword = (present, password) => ask("PUT", "/session/password", { body: { present, password } });
export const logOut = () => ask("DELETE", "/session");
export const listAgents = () => ask("GET", "/agents");
export const setPresence = (state, reason, until) => ask("PUT", "/presence", { body: { state, reason, until } });
export const findCustomers = (q, signal) => ask("GET", "/customers", { query: { q }, signal });
export const addCustomer = (customer) => ask("POST", "/customers", { body: customer });
/** `call`: the call beside which it stands, which they do not come back after. */
export const readCard = (customer, call) => ask("GET", `/customers/${id(customer)}/card`, { query: { call_id: call || undefined } });
export const readHistory = (customer, before, limit = 20) =>
  ask("GET", `/customers/${id(customer)}/history`, { query: { before, limit } });
export const readAccount = (customer) => ask("GET", `/customers/${id(customer)}/account`);
export const addNote = (customer, text, call) =>
  ask("POST", `/customers/${id(customer)}/notes`, { body: call ? { text, call_id: call } : { text } });
export const tieCall = (linkedid, customer) =>
  ask("POST", `/calls/${id(linkedid)}/customer`, { body: { customer_id: customer } });
export const closePromise = (promise, reason) => ask("POST", `/promises/${id(promise)}/close`, { body: { reason } });
export const assignPromise = (promise, owner) => ask("POST", `/promises/${id(promise)}/assign`, { body: { owner } });
export const notePromise = (promise, text) => ask("POST", `/promises/${id(promise)}/note`, { body: { text } });
export const readPromise = (promise) => ask("GET", `/promises/${id(promise)}`);
/** `number` as written, or `{ number_id }`, `{ promise_id }` of one that one may call and not read. */
export const placeCall = (number) =>
  ask("POST", "/calls", { body: typeof number === "object" ? number : { number } });
/** `tried`: the server reads and checks it, and keeps nothing. */
export const changeNumber = (customer, change, tried) =>
  ask("POST", `/customers/${id(customer)}/numbers/change`, { body: change, query: { try: tried || undefined } });
export const listNumberChanges = (customer) => ask("GET", `/customers/${id(customer)}/numbers/changes`);
export const keepFact = (customer, fact) => ask("PUT", `/customers/${id(customer)}/facts`, { body: fact });
export const confirmFact = (customer, fact, call) =>
  ask("POST", `/customers/${id(customer)}/facts/${id(fact)}/confirm`, { body: call });
export const readPrompts = (customer) => ask("GET", `/customers/${id(customer)}/prompts`);
export const notePlay = (customer, play, outcome) =>
  ask("POST", `/customers/${id(customer)}/plays/${id(play)}/outcome`, { body: outcome });
/** What is done to one's own call, or to a colleague's that one may listen to. */
export const control = {
  answer: (linkedid) => ask("POST", `/calls/${id(linkedid)}/answer`),
  hangUp: (linkedid) => ask("DELETE", `/calls/${id(linkedid)}`),
  hold: (linkedid, on) => ask("PUT", `/calls/${id(linkedid)}/hold`, { body: { on } }),
  mute: (linkedid, on) => ask("PUT", `/calls/${id(linkedid)}/mute`, { body: { on } }),
  transfer: (linkedid, agent) => ask("POST", `/calls/${id(linkedid)}/transfer`, { body: { agent } }),
  consult: (linkedid, agent) => ask("POST", `/calls/${id(linkedid)}/consult`, { body: { agent } }),
  join: (linkedid) => ask("POST", `/calls/${id(linkedid)}/join`),
  watch: (linkedid, agent, mode) => ask("POST", `/calls/${id(linkedid)}/watch`, { body: { agent, mode } }),
  unwatch: (linkedid) => ask("DELETE", `/calls/${id(linkedid)}/watch`),
};
export const listDispositions = () => ask("GET", "/dispositions");
export const readWrapUp = (linkedid) => ask("GET", `/calls/${id(linkedid)}/wrap-up`);
export const fileWrapUp = (linkedid, filing) => ask("PUT", `/calls/${id(linkedid)}/wrap-up`, { body: filing });
export const extendWrapUp = (linkedid) => ask("POST", `/calls/${id(linkedid)}/wrap-up/extend`);
export const endWrapUp = (linkedid) => ask("POST", `/calls/${id(linkedid)}/wrap-up/end`);
export const listCalls = (limit = 20) => ask("GET", "/calls", { query: { limit } });
export const readCall = (linkedid) => ask("GET", `/calls/${id(linkedid)}`);
