/* What is done to customers as records, as functions of the HTTP API. Knows no component. */

import { ask } from "../api.js";

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
export const removeField = (key) => ask("DELETE", `/fields/${id(key)}`);
