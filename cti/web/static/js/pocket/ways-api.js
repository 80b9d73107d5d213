/* One's ways on the server. Must not know what the page shows. */

import { currentLanguage } from "../texts.js";

export class WaysError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const headers = { Accept: "application/json", "Accept-Language": currentLanguage() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`/api/v1/pocket/channels${path}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new WaysError(0, "");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new WaysError(response.status, answer.error?.message ?? "");
}

export const listWays = () => ask("GET", "");
export const addWay = (kind, target, label = "") => ask("POST", "", { kind, target, label });
export const orderWays = (order) => ask("PUT", "", { order });
export const removeWay = (id) => ask("DELETE", `/${id}`);
export const testWay = (id) => ask("POST", `/${id}/test`);
