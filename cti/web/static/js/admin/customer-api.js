/* What is done to customers as records, as functions of the HTTP API. Knows no component. */

import { ask, askText } from "../api.js";

const id = encodeURIComponent;

export const listDuplicates = (customer) => ask("GET", "/duplicates", { query: { customer_id: customer } });
export const findDuplicates = () => ask("POST", "/duplicates/find");
export const dismissDuplicate = (one, other) =>
  ask("POST", `/customers/${id(one)}/duplicates/dismiss`, { body: { other_id: other } });
/** `tried`: only say what would move; nothing is kept. */
export const mergeCustomers = (winner, body, tried) =>
  ask("POST", `/customers/${id(winner)}/merge`, { body, query: { try: tried || undefined } });
export const listMerges = () => ask("GET", "/merges");
export const undoMerge = (number) => ask("POST", `/merges/${id(number)}/undo`);
export const listFields = () => ask("GET", "/fields");
export const setField = (key, body) => ask("PUT", `/fields/${id(key)}`, { body });
export const removeField = (key, version) => ask("DELETE", `/fields/${id(key)}`, { body: { version } });

export const readRetention = () => ask("GET", "/retention");
/** `dry_run`: only say what would go. */
export const erasePerson = (customer, body) => ask("POST", `/customers/${id(customer)}/erase`, { body });

/** Everything held on a customer, put where the browser puts downloads: as text to read, or as JSON. Throws ApiError. */
export async function downloadDossier(customer, readable) {
  const path = `/customers/${id(customer)}/dossier`;
  const content = readable ? await askText(`${path}/text`) : JSON.stringify(await ask("GET", path), null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: readable ? "text/plain" : "application/json" }));
  link.download = `dossier-${customer}.${readable ? "txt" : "json"}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href)); // the download has begun by then
}
