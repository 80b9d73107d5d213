/* What the palette offers: the desk's own verbs, promises and colleagues, found by what is typed. Customers are the
   server's to find. An entry: `{id, kind, text, hint, run(palette)}`. Must not know how entries look. */

import { dueTime, phoneNumber } from "./formats.js";
import { isMyAlarm } from "./desktop-state.js";
import { chooseLanguage, currentLanguage, t } from "./texts.js";
import { AWAY_REASONS, awayWord, label, presenceWord } from "./words.js";
import { promiseName } from "./promise-words.js";

/** Everything but customers that `typed` may mean; all of it, promises first, when nothing is typed. */
export function entriesFor(desk, typed) {
  const wanted = folded(typed);
  const found = [...promises(desk), ...presences(desk), ...actions(desk), ...colleagues(desk)];
  const fitting = wanted ? found.filter(({ text, also }) => folded(`${text} ${also ?? ""}`).includes(wanted)) : found;
  return [...dialled(desk, typed), ...fitting];
}

/** A customer the server found, as an entry. */
export function customerEntry(one, desk, foundBy) {
  const hint = [one.tier && t("Tier {tier}", { tier: one.tier }), phoneNumber(one.number), foundBy,
    one.owner && `${t("Owner")} ${desk.agentName(one.owner)}`];
  return {
    id: `customer.${one.customer_id}`,
    kind: "customer",
    text: one.name,
    hint: hint.filter(Boolean).join(" · "),
    run: (palette) => palette.emit("look", { customer: one.customer_id }),
  };
}

/* Full-width letters and capitals are the same to who types them. */
function folded(text) {
  return text.normalize("NFKC").toLowerCase().trim();
}

function dialled(desk, typed) {
  const text = typed.normalize("NFKC").trim();
  if (!desk.canCall || !/^\+?[\d\s()-]{3,25}$/.test(text)) return [];
  return [{
    id: "call", kind: "call", text: t("Call {number}", { number: phoneNumber(text.replace(/[^\d+]/g, "")) }), hint: "",
    run: () => desk.call(text),
  }];
}

function promises(desk) {
  return desk.state.promises.map((promise) => ({
    id: `promise.${promise.id}`,
    kind: "promise",
    text: promise.kind === "next_step" ? `${promiseName(promise)}: ${promise.text}` : t("Call back {name}", { name: promiseName(promise) }),
    also: `${promise.number ?? ""} ${phoneNumber(promise.number)} ${promise.raw} promise`,
    late: isMyAlarm(desk.state, promise),
    hint: promise.level ? t("late since {time}", { time: dueTime(promise.due) }) : t("by {time}", { time: dueTime(promise.due) }),
    run: (palette) => palette.emit("show-promise", { promise: promise.id }),
  }));
}

function presences(desk) {
  if (!desk.session.agent) return [];
  const be = (state, reason, text) => ({
    id: `be.${state}.${reason ?? ""}`, kind: "action", text, also: `${state} ${reason ?? ""} presence`, hint: t("My presence"),
    run: () => desk.setPresence(state, reason),
  });
  return [
    be("available", undefined, label(presenceWord("available"))),
    ...AWAY_REASONS.map((reason) => be("away", reason, `${label(presenceWord("away"))} · ${awayWord(reason)}`)),
    be("dnd", undefined, label(presenceWord("dnd"))),
  ];
}

function actions(desk) {
  const other = currentLanguage() === "en" ? "zh-Hant" : "en";
  const { attention } = desk;
  const verb = (id, text, also, run, hint = "") => ({ id, kind: "action", text, also, hint, run });
  const verbs = [
    verb("note", t("Write the note"), "note", (palette) => palette.emit("write-note")),
    verb("search", t("Find a customer"), "search find", (palette) => palette.emit("find"), "/"),
    verb("language", other === "en" ? "English" : "中文", "language english chinese", () => chooseLanguage(other)),
    verb("sound", attention.sound ? t("Turn the sound off") : t("Turn the sound on"), "sound ring", () => attention.switchSound(!attention.sound)),
    verb("help", t("Keys and help"), "help keyboard", (palette) => palette.emit("help"), "?"),
    verb("password", t("Change my password"), "password account", (palette) => palette.emit("password")),
    verb("leave", t("Log out"), "log out leave", (palette) => palette.emit("log-out")),
  ];
  const { notices } = attention;
  if (notices === "on" || notices === "off") {
    const text = notices === "on" ? t("Turn notifications off") : t("Turn notifications on");
    verbs.splice(3, 0, verb("notices", text, "notifications", () => attention.switchNotices(notices === "off")));
  }
  return verbs;
}

function colleagues(desk) {
  return desk.state.colleagues
    .filter(({ agent }) => agent !== desk.state.agent)
    .map(({ agent, state, name }) => ({
      id: `colleague.${agent}`,
      kind: "colleague",
      text: desk.canCall ? t("Call {number}", { number: desk.agentName(agent) }) : desk.agentName(agent),
      also: `${agent} ${name} colleague`,
      hint: `${agent} · ${label(presenceWord(state))}`,
      run: (palette) => (desk.canCall ? desk.call(desk.extensionOf(agent)) : palette.emit("show-colleague", { agent })),
    }));
}
