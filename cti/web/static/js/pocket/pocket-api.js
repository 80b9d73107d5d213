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

async function tell(what, body) {
  let response;
  try {
    response = await fetch(`${here}/${what}`, {
      method: "POST",
      headers: { Accept: "application/json", "Accept-Language": currentLanguage(), "Content-Type": "application/json" },
      body: JSON.stringify(body ?? {}),
    });
  } catch {
    throw new PocketError(0, "unreachable", "");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new PocketError(response.status, answer.error?.code ?? "failed", answer.error?.message ?? "");
}

/** Open the card in this browser; it says how far the card is, and its id for the socket. */
export const openCard = () => tell("open");

/** Tie the call to one of the people the number may belong to. */
export const chooseCustomer = (customer) => tell("customer", { customer_id: customer });
