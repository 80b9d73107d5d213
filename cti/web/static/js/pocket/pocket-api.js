/* What a pocket card asks of the server: everything under its own link. Must not know what the page shows. */

import { currentLanguage } from "../texts.js";

const here = location.pathname;

export class PocketError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(method, what, body) {
  const headers = { Accept: "application/json", "Accept-Language": currentLanguage() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`${here}/${what}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new PocketError(0, "unreachable", "");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new PocketError(response.status, answer.error?.code ?? "failed", answer.error?.message ?? "");
}

const tell = (what, body = {}) => ask("POST", what, body);

/** Open the card in this browser; it says how far the card is, and its id for the socket. */
export const openCard = () => tell("open");

/** Tie the call to one of the people the number may belong to. */
export const chooseCustomer = (customer) => tell("customer", { customer_id: customer });

/** What may have come of the call, and whether that was filed. */
export const readOutcomes = () => ask("GET", "wrap-up");

/** File what came of the call. */
export const fileOutcome = (filing) => tell("wrap-up", filing);
