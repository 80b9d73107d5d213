/* The administration's part of the HTTP API as functions. Knows no component. */

import { ask } from "../api.js";

const id = encodeURIComponent;

/** What a trial asks for: the plan of a call to `to` (a number, or `agent:101`), nothing kept. */
const trial = (to) => (to === undefined ? undefined : { try: "1", to });

export const listPeople = (all) => ask("GET", "/people", { query: { all: all || undefined } });
export const readPerson = (code) => ask("GET", `/people/${id(code)}`);
export const addPerson = (body, to) => ask("POST", "/people", { body, query: trial(to) });
export const setPerson = (code, body, to) => ask("PATCH", `/people/${id(code)}`, { body, query: trial(to) });
export const readPhone = (code) => ask("GET", `/people/${id(code)}/phone`);
export const addLeave = (code, body) => ask("POST", `/people/${id(code)}/leaves`, { body });
export const removeLeave = (number, version) => ask("DELETE", `/leaves/${id(number)}`, { body: { version } });

export const readRouting = () => ask("GET", "/route");
export const setThing = (subject, key, body, to) =>
  ask("PUT", `/route/${subject}/${id(key)}`, { body, query: trial(to) });
export const removeThing = (subject, key, version) =>
  ask("DELETE", `/route/${subject}/${id(key)}`, { body: { version } });
export const addDuty = (body) => ask("POST", "/route/duties", { body });

export const explain = (call, signal) => ask("GET", "/route/explain", { query: call, signal });
export const week = (call, signal) => ask("GET", "/route/week", { query: call, signal });

export const listDays = (year) => ask("GET", "/calendar", { query: { year } });
export const setDay = (day, body) => ask("PUT", `/calendar/${id(day)}`, { body });
export const importCalendar = (content, only) => ask("POST", "/calendar/import", { body: { content, try: only } });

export const listVersions = (limit) => ask("GET", "/route/log", { query: { limit } });
export const readDifference = (first, second) => ask("GET", "/route/diff", { query: { first, second } });
export const rollBack = (version, newest) => ask("POST", "/route/rollback", { body: { version, newest } });

export const passOn = (code, body) => ask("POST", `/agents/${id(code)}/succession`, { body });

export const readAudit = (query) => ask("GET", "/audit", { query });
export const readVerdict = () => ask("GET", "/audit/verdict");

export const listLogins = () => ask("GET", "/logins");
export const addLogin = (body) => ask("POST", "/logins", { body });
export const setLogin = (login, body) => ask("PATCH", `/logins/${id(login)}`, { body });
export const setPassword = (login, body) => ask("PUT", `/logins/${id(login)}/password`, { body });

export const listImports = () => ask("GET", "/imports");
export const importFile = (body) => ask("POST", "/imports", { body });
export const undoImport = (number) => ask("POST", `/imports/${id(number)}/undo`, { body: {} });

export const listMessages = (query) => ask("GET", "/messages", { query });
export const retryMessage = (number) => ask("POST", `/messages/${id(number)}/retry`);
export const giveMessageUp = (number, body) => ask("POST", `/messages/${id(number)}/give-up`, { body });

/** `dismissed`: those that were dismissed instead. */
export const listWaiting = (limit, dismissed) => ask("GET", "/interactions/waiting", { query: { limit, dismissed } });
export const dismissWaiting = (number, body) => ask("POST", `/interactions/waiting/${id(number)}/dismiss`, { body });
export const restoreWaiting = (number) => ask("POST", `/interactions/waiting/${id(number)}/restore`);
export const assignWaiting = (number, customer) =>
  ask("POST", `/interactions/waiting/${id(number)}`, { body: { customer_id: customer } });
export const makeProspect = (number, body) => ask("POST", `/interactions/waiting/${id(number)}/prospect`, { body });

export const listMentors = () => ask("GET", "/mentors");
export const addMentor = (code, body) => ask("POST", `/agents/${id(code)}/mentors`, { body });
export const moveMentor = (number, body) => ask("PATCH", `/mentors/${id(number)}`, { body });
export const endMentor = (number) => ask("DELETE", `/mentors/${id(number)}`);

export const listScreens = () => ask("GET", "/wall/tokens");
export const addScreen = (body) => ask("POST", "/wall/tokens", { body });
export const revokeScreen = (label) => ask("DELETE", `/wall/tokens/${id(label)}`);

export const listTrunks = () => ask("GET", "/trunks");
export const resetTrunk = (trunk) => ask("POST", `/trunks/${id(trunk)}/reset`);

export const listPlays = () => ask("GET", "/plays");
export const setPlay = (code, body) => ask("PUT", `/plays/${id(code)}`, { body });
export const removePlay = (code, version) => ask("DELETE", `/plays/${id(code)}`, { body: { version } });
export const readPlayReport = () => ask("GET", "/reports/plays");
