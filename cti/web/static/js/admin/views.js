/* Every view of the administration: its name, what shows it, and for whom. The server decides who may do what; here a
   way that would end in a refusal is not offered. */

import { html } from "../element.js";
import { t } from "../texts.js";
import "./rw-audit.js";
import "./rw-chains.js";
import "./rw-changes.js";
import "./rw-duplicates.js";
import "./rw-fields.js";
import "./rw-hours.js";
import "./rw-imports.js";
import "./rw-logins.js";
import "./rw-mentors.js";
import "./rw-messages.js";
import "./rw-people.js";
import "./rw-person-form.js";
import "./rw-plays.js";
import "./rw-screens.js";
import "./rw-trunks.js";
import "./rw-waiting.js";
import "./rw-privacy.js";
import "./rw-week.js";

const MANAGING = ["manager", "admin"];
const LOGINS = ["auditor", ...MANAGING];

/** Who sees how the firm is set up. */
export const READING = ["lead", ...LOGINS];

/** By the first part of their address. `roles`: for whom, else for all who read. */
export const VIEWS = {
  people: {
    title: () => t("People"),
    show: (session, [code]) =>
      code
        ? html`<rw-person-form .session=${session} .code=${code === "+" ? "" : code}></rw-person-form>`
        : html`<rw-people .session=${session}></rw-people>`,
  },
  chains: {
    title: () => t("Chains and numbers"),
    show: (session, open) => html`<rw-chains .session=${session} .open=${open}></rw-chains>`,
  },
  hours: {
    title: () => t("Hours"),
    show: (session, open) => html`<rw-hours .session=${session} .open=${open}></rw-hours>`,
  },
  week: {
    title: () => t("The week"),
    show: (session, of) => html`<rw-week .session=${session} .of=${of}></rw-week>`,
  },
  trunks: {
    title: () => t("Lines to the carriers"),
    show: (session) => html`<rw-trunks .session=${session}></rw-trunks>`,
  },
  mentors: {
    title: () => t("Mentors"),
    show: (session) => html`<rw-mentors .session=${session}></rw-mentors>`,
  },
  duplicates: {
    title: () => t("Duplicates"),
    show: (session, open) => html`<rw-duplicates .session=${session} .open=${open}></rw-duplicates>`,
  },
  fields: {
    title: () => t("Own fields"),
    show: (session, open) => html`<rw-fields .session=${session} .open=${open}></rw-fields>`,
  },
  imports: {
    title: () => t("Imports"),
    roles: MANAGING,
    show: (session) => html`<rw-imports .session=${session}></rw-imports>`,
  },
  waiting: {
    title: () => t("Waiting messages"),
    show: (session, [which]) => html`<rw-waiting .session=${session} ?dismissed=${which === "dismissed"}></rw-waiting>`,
  },
  messages: {
    title: () => t("Messages to customers"),
    show: (session, [state]) => html`<rw-messages .session=${session} .state=${state ?? "failed"}></rw-messages>`,
  },
  plays: {
    title: () => t("Plays"),
    show: (session) => html`<rw-plays .session=${session}></rw-plays>`,
  },
  privacy: {
    title: () => t("Personal data"),
    roles: MANAGING,
    show: (session, open) => html`<rw-privacy .session=${session} .open=${open}></rw-privacy>`,
  },
  logins: {
    title: () => t("Log-ins"),
    roles: LOGINS,
    show: (session) => html`<rw-logins .session=${session}></rw-logins>`,
  },
  screens: {
    title: () => t("Wallboard screens"),
    roles: MANAGING,
    show: (session) => html`<rw-screens .session=${session}></rw-screens>`,
  },
  changes: {
    title: () => t("Changes"),
    show: (session) => html`<rw-changes .session=${session}></rw-changes>`,
  },
  audit: {
    title: () => t("Audit"),
    roles: LOGINS,
    show: (session) => html`<rw-audit .session=${session}></rw-audit>`,
  },
};

/** The navigation's headings, each with its views in order. Every view stands under one. */
const GROUPS = [
  { key: "team", title: () => t("Team"), views: ["people", "mentors", "logins"] },
  { key: "telephone", title: () => t("Telephone"), views: ["chains", "hours", "week", "trunks"] },
  { key: "customers", title: () => t("Customers"), views: ["duplicates", "fields", "plays", "imports", "privacy"] },
  { key: "messages", title: () => t("Messages"), views: ["waiting", "messages"] },
  { key: "oversight", title: () => t("Oversight"), views: ["screens", "changes", "audit"] },
];

/** Whether somebody of this role is offered a view. */
export function isOffered(view, role) {
  return Object.hasOwn(VIEWS, view) && (VIEWS[view].roles ?? READING).includes(role);
}

/** The headings with what of them somebody of this role is offered; none that is empty. */
export function groupsOf(role) {
  return GROUPS.map((one) => ({ ...one, views: one.views.filter((view) => isOffered(view, role)) })).filter(
    ({ views }) => views.length,
  );
}
