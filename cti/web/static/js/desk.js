/* One logged-in desktop: joins the link, the state, the API and the drafts, and says when something changed.
   Components read `desk.state` and call its verbs; it must not know how anything looks. */

import * as api from "./api.js";
import { Attention } from "./attention.js";
import { DesktopLink } from "./desktop-link.js";
import {
  amendCall,
  applyMessage,
  callById,
  dismissNotice,
  emptyDesktop,
  isMyAlarm,
  nameNotice,
  putAway,
  restoreEnded,
  show,
} from "./desktop-state.js";
import { Drafts } from "./drafts.js";
import { useZone } from "./formats.js";
import { t } from "./texts.js";

const NOTICE_STAYS = 8_000;
const ASK_WHO_ANSWERED = [0, 600, 2_000]; // the record is written behind the event that withdrew the pop
const SETTABLE = new Set(["available", "away", "dnd"]);
const KEPT_AS = "ringward.ended";

export class Desk extends EventTarget {
  constructor(session) {
    super();
    this.session = session;
    this.state = emptyDesktop();
    this.connection = "connecting";
    this.agents = new Map();
    this.dispositions = [];
    this.drafts = new Drafts(session.login);
    this.failure = "";
    this.attention = new Attention(session.login, (id) => this.#picked(id));
    this.attention.addEventListener("change", () => this.#changed());
    useZone(session.time_zone);
    this.link = new DesktopLink({
      onMessage: (message) => this.#receive(message),
      onState: (connection) => this.#connectionIs(connection),
      mayRetry: () => this.#stillLoggedIn(),
    });
  }

  open() {
    this.#bringBackEnded();
    this.attention.open();
    this.link.open();
    this.#readAgents();
  }

  close() {
    this.link.close();
    this.attention.close();
  }

  /** Something that was asked for in passing did not work: said in one line, and gone with the next thing done. */
  fail(error) {
    this.failure = error.message || t("That did not work. Try again.");
    this.#changed();
  }

  forgetFailure() {
    this.failure = "";
    this.#changed();
  }

  /* A notification was clicked: what it was about comes to the centre. */
  #picked(id) {
    if (callById(this.state, id)) this.show({ call: id });
    else this.dispatchEvent(new CustomEvent("picked", { detail: id }));
  }

  /** What people call an agent: nickname, else name, else the code itself. */
  agentName(code) {
    const agent = this.agents.get(code);
    const colleague = this.state.colleagues.find((one) => one.agent === code);
    return agent?.nickname || agent?.name || colleague?.name || code || "";
  }

  show(shown) {
    this.#become(show(this.state, shown));
  }

  putAway(call) {
    this.#become(putAway(this.state, call));
  }

  /** The caller says to be nobody of those the number suggests. */
  dispute(id) {
    this.#become(amendCall(this.state, id, { disputed: true }));
  }

  dismissNotice(id) {
    this.#become(dismissNotice(this.state, id));
  }

  /** Say how I am: `reason` only of away, `until` an instant. */
  async setPresence(presence, reason, until) {
    await api.setPresence(presence, reason, until);
    this.#setElsewhere(presence);
  }

  /** Whether this page can call from one's own extension; else a number is a plain `tel:` link. */
  get canCall() {
    return Boolean(this.state.agent && this.agents.get(this.state.agent)?.extension);
  }

  /** What can be done to calls. */
  get control() {
    return api.control;
  }

  /** Call a number or a colleague from my extension: my phone rings first. */
  async call(number) {
    this.forgetFailure();
    await api.placeCall(number);
  }

  /** What to dial for a colleague. */
  extensionOf(agent) {
    return this.agents.get(agent)?.extension || agent;
  }

  /** Say who of the firm's customers is calling. */
  async tie(call, customer) {
    this.#giveCard(call.call_id, await api.tieCall(call.linkedid, customer));
  }

  /** Make a prospect of this caller. */
  async addProspect(call, name) {
    const made = { name, call_id: call.call_id };
    if (call.caller.e164) made.number = call.caller.e164;
    const { card } = await api.addCustomer(made);
    this.#giveCard(call.call_id, card);
  }

  async refreshCard(callId, customer) {
    this.#giveCard(callId, await api.readCard(customer, callById(this.state, callId)?.linkedid));
  }

  #giveCard(callId, card) {
    this.#become(amendCall(this.state, callId, { card, chosen: card.customer_id, disputed: false }));
  }

  /* After a reload: whether someone has already said which of several people is calling. */
  async #recallChoices() {
    for (const { call_id: id, linkedid, matches, chosen } of this.state.calls) {
      if (matches.length < 2 || chosen) continue;
      const call = await api.readCall(linkedid).catch(() => null);
      if (call?.customer_id) this.#become(amendCall(this.state, id, { chosen: call.customer_id }));
    }
  }

  /* A wrap-up that runs belongs to a call that another page of mine showed: this one shows it too. */
  async #bringBackWrapUp({ call_id: id, linkedid, customer_id: customer }) {
    if (callById(this.state, id)) return;
    const known = await api.readCall(linkedid).catch(() => null);
    const card = known && customer ? await api.readCard(customer, linkedid).catch(() => null) : null;
    if (!known?.ended || callById(this.state, id)) return;
    const { caller, dialled, started, answered, ended } = known;
    const call = {
      call_id: id, linkedid, caller, dialled, started, answered, ended, card, chosen: customer,
      leg: { kind: "", agent: known.answered_by, index: 0 }, matches: [], tried: [], why: "", state: "ended", reason: "completed",
    };
    const state = restoreEnded(this.state, [call]);
    this.#become(state.shown ? state : show(state, { call: id }));
  }

  /* My own presence, set on another screen or by the command line; what the phone does is not what I set. */
  #setElsewhere(presence) {
    const me = this.agents.get(this.session.agent);
    if (!me || !SETTABLE.has(presence)) return;
    this.agents.set(me.code, { ...me, presence });
    this.#changed();
  }

  async #readAgents() {
    try {
      const [agents, dispositions] = await Promise.all([api.listAgents(), api.listDispositions()]);
      this.dispositions = dispositions;
      this.agents = new Map(agents.map((agent) => [agent.code, agent]));
      this.#changed();
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error; // names stay codes until the next connection
    }
  }

  #receive(message) {
    const before = this.state;
    const context = { now: Date.now(), hasDraft: (call) => this.drafts.has(call) };
    this.#become(applyMessage(before, message, context));
    const rings = this.state.calls.filter((call) => call.state === "ringing" && callById(before, call.call_id)?.state !== "ringing");
    for (const call of rings) this.dispatchEvent(new CustomEvent("rings", { detail: call }));
    if (message.type === "promise") this.#promiseCame(before, message);
    if (message.type === "pop.withdrawn") this.#noticeCame(message);
    if (message.type === "snapshot") this.#recallChoices();
    if (message.type === "snapshot" && this.state.wrapUp) this.#bringBackWrapUp(this.state.wrapUp);
    if (message.type === "presence" && message.agent === this.state.agent) this.#setElsewhere(message.state);
  }

  #promiseCame(before, promise) {
    const known = before.promises.find(({ id }) => id === promise.id);
    const news = isMyAlarm(this.state, promise) && !(known && isMyAlarm(before, known));
    if (news) this.dispatchEvent(new CustomEvent("late", { detail: promise }));
  }

  #noticeCame({ call_id: id, reason }) {
    const notice = this.state.notices.find((one) => one.id === id);
    if (!notice) return;
    if (reason === "answered_elsewhere" && !notice.by) this.#askWhoAnswered(notice);
    setTimeout(() => this.dismissNotice(id), NOTICE_STAYS);
  }

  async #askWhoAnswered(notice) {
    for (const wait of ASK_WHO_ANSWERED) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const call = await api.readCall(notice.linkedid).catch(() => null);
      const leg = call?.legs?.find((one) => one.reason === "answered" || (one.answered && !one.reason));
      const by = call?.answered_by ?? leg?.agent;
      if (by) {
        this.#become(nameNotice(this.state, notice.id, by));
        return;
      }
    }
  }

  #connectionIs(connection) {
    const cameBack = connection === "open" && this.connection === "lost";
    this.connection = connection;
    if (cameBack) this.#readAgents();
    this.#changed();
  }

  async #stillLoggedIn() {
    try {
      await api.readSession();
      return true;
    } catch (error) {
      if (error.status !== 401) return true; // unreachable is no log-out
      this.dispatchEvent(new Event("logged-out"));
      return false;
    }
  }

  #become(state) {
    if (state === this.state) return;
    this.#settle(this.state, state);
    this.state = state;
    this.#keepEnded();
    this.#changed();
  }

  /* What no longer rings, and promises that are gone, need nobody's attention. */
  #settle(before, after) {
    for (const call of before.calls) {
      if (call.state === "ringing" && callById(after, call.call_id)?.state !== "ringing") this.attention.settle(call.call_id);
    }
    for (const promise of before.promises) {
      if (!after.promises.some(({ id, level }) => id === promise.id && level >= promise.level)) this.attention.settle(`promise.${promise.id}`);
    }
  }

  /* Ended calls stay until put away, also over a reload: kept without the card, which is read again. */
  #keepEnded() {
    const ended = this.state.calls.filter((call) => call.state === "ended");
    const slim = ended.map((call) => ({ ...call, card: null, customer: call.card?.customer_id ?? null }));
    sessionStorage.setItem(KEPT_AS, JSON.stringify({ login: this.session.login, calls: slim }));
  }

  /** The next person at this machine need not see them. */
  forgetEnded() {
    sessionStorage.removeItem(KEPT_AS);
  }

  #bringBackEnded() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? "null");
    if (kept?.login !== this.session.login) return;
    this.state = restoreEnded(this.state, kept.calls);
    if (kept.calls.length) this.state = show(this.state, { call: kept.calls[0].call_id });
    for (const call of kept.calls) if (call.customer) this.#readAgain(call);
  }

  async #readAgain(call) {
    const card = await api.readCard(call.customer, call.linkedid).catch(() => null);
    if (card) this.#become(amendCall(this.state, call.call_id, { card }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
