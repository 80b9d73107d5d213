/* The pocket card: who calls, how much they matter, what about; readable at arm's length, worked with one thumb. */

import "../components/rw-card.js";
import "../components/rw-timer.js";
import "../components/rw-tried.js";
import { DesktopLink } from "../desktop-link.js";
import { RwElement, html, nothing } from "../element.js";
import { addressedAs, clockTime, day, phoneNumber } from "../formats.js";
import { icon } from "../icons.js";
import { shared } from "../styles.js";
import { chooseLanguage, currentLanguage, t } from "../texts.js";
import { label, matchWord, whyWord } from "../words.js";
import { matterOf } from "./matter.js";
import { chooseCustomer, openCard } from "./pocket-api.js";
import { applyPocket, emptyPocket } from "./pocket-state.js";
import { styles } from "./pocket-styles.js";
import "./rw-pocket-gone.js";
import "./rw-pocket-outcome.js";

const AGAIN = 2_000; // milliseconds: a mobile rings twenty seconds, and a train leaves its tunnel within one of them

/* What is not to be mentioned stands at the top already, large. */
function spoken(card) {
  return { ...card, preferences: card.preferences.filter((one) => !one.do_not_mention) };
}

export class RwPocket extends RwElement {
  static properties = {
    pocket: { state: true },
    line: { state: true },
    heard: { state: true },
    over: { state: true },
    failure: { state: true },
    chosen: { state: true },
  };

  static styles = [shared, styles];

  constructor() {
    super();
    this.pocket = emptyPocket();
    this.line = "connecting";
    this.over = null; // why nothing will ever be shown: "unknown" or "taken"
  }

  connectedCallback() {
    super.connectedCallback();
    this.awake = () => document.visibilityState === "visible" && this.#stayLit();
    document.addEventListener("visibilitychange", this.awake);
    this.awake();
    this.#open();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.awake);
    clearTimeout(this.again);
    this.link?.close();
  }

  async #open() {
    try {
      const opened = await openCard();
      this.#stands(opened);
      if (opened.state !== "gone") this.#follow(opened.card);
    } catch (error) {
      if (error.status === 404) this.over = "unknown";
      else if (error.code === "card_taken") this.over = "taken";
      else {
        this.line = "lost";
        this.again = setTimeout(() => this.#open(), AGAIN);
      }
    }
  }

  #stands({ card, state, reason, by_name, agent, name, ended, expires }) {
    const standing = { id: card, state, reason, by_name, agent, name, ended, expires };
    this.pocket = applyPocket(this.pocket, { type: "pocket", ...standing }, Date.now());
  }

  #follow(card) {
    this.link = new DesktopLink({
      path: `/ws/pocket?card=${card}`,
      onMessage: (message) => {
        this.heard = Date.now();
        this.pocket = applyPocket(this.pocket, message, Date.now());
      },
      onState: (line) => (this.line = line),
      mayRetry: () => this.#still(),
    });
    this.link.open();
  }

  /* Whether there is still something to follow. Without an answer there may be: the network comes back. */
  async #still() {
    try {
      const opened = await openCard();
      this.#stands(opened);
      return opened.state !== "gone";
    } catch (error) {
      if (error.status === 404 && this.pocket.standing?.state !== "gone") this.over = "unknown";
      return error.status !== 404;
    }
  }

  async #stayLit() {
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // The battery is low, or the page is hidden again: the card is readable all the same.
    }
  }

  async #choose(customer) {
    this.failure = "";
    try {
      await chooseCustomer(customer);
      this.chosen = customer;
    } catch (error) {
      this.failure = error.message || t("That did not work. Try again.");
    }
  }

  #name() {
    const { caller, card, matches } = this.pocket.pop;
    if (card) return card.name;
    if (caller.withheld) return t("Number withheld");
    return matches.length ? matches[0].name : t("Unknown caller");
  }

  #agentName(code) {
    return this.pocket.names[code] ?? code ?? "";
  }

  #bar() {
    const { standing, pop, skew } = this.pocket;
    const words = { ringing: t("Ringing"), talking: t("Talking"), wrap_up: t("Call over") }[standing.state];
    const since = standing.state === "ringing" ? pop?.started : (pop?.answered ?? pop?.started);
    return html`<header class="bar ${standing.state}">
      <span class="dot"></span><b>${words}</b>
      ${since ? html`<rw-timer .since=${since} .until=${standing.ended ?? ""} .skew=${skew}></rw-timer>` : nothing}
      <button class="language" lang=${currentLanguage() === "en" ? "zh-Hant" : "en"}
        @click=${() => chooseLanguage(currentLanguage() === "en" ? "zh-Hant" : "en")}>${currentLanguage() === "en" ? "\u4e2d\u6587" : "EN"}</button>
    </header>`;
  }

  #offline() {
    if (this.line === "open" || !this.heard) return nothing;
    return html`<p class="offline" role="status">${t("Offline since {time}: reconnecting …", { time: clockTime(this.heard) })}</p>`;
  }

  #hush() {
    const hush = this.pocket.pop.card?.preferences.filter((one) => one.do_not_mention) ?? [];
    if (!hush.length) return nothing;
    return html`<p class="hush">${icon("warning")}<span><b>${t("Do not mention")}</b> ${hush.map(({ key, value }) => [key, value].filter(Boolean).join(" ")).join(currentLanguage() === "en" ? "; " : "\uff1b")}</span></p>`;
  }

  #matter() {
    const matter = matterOf(this.pocket.pop.card);
    if (!matter) return nothing;
    const words = {
      complaint: () => t("Open complaint"),
      trip: () => (matter.days === 0 ? t("Departs today") : t("Departs in {n} days", { n: matter.days })),
      request: () => t("Open request"),
      contact: () => t("Last contact"),
    }[matter.kind]();
    return html`<p class="matter ${matter.kind}"><b>${words} <span class="number">${day(matter.date)}</span></b><span class="text">${matter.text}</span></p>`;
  }

  #why() {
    const { pop } = this.pocket;
    const first = pop.tried[0]?.agent;
    const absent = first && first !== pop.leg.agent ? this.#agentName(first) : "";
    return pop.why ? html`<p class="why">${whyWord(pop.why, absent)}</p>` : nothing;
  }

  #which() {
    const { matches, card } = this.pocket.pop;
    if (matches.length < 2) return nothing;
    return html`<section class="which" aria-label=${t("Which of them is calling?")}>
      <h2>${t("Which of them is calling?")}</h2>
      ${matches.map(
        (match) => html`<button class="thumb" aria-pressed=${this.chosen === match.customer_id ? "true" : "false"} @click=${() => this.#choose(match.customer_id)}>
          <span>${match.name}${match.customer_id === card?.customer_id ? html` ${icon("check")}` : nothing}</span>
          <small>${match.tier ? `${t("Tier {tier}", { tier: match.tier })} · ` : ""}${matchWord(match.why)}</small></button>`,
      )}
      ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
    </section>`;
  }

  #who() {
    const { caller, card, matches, dialled } = this.pocket.pop;
    const tier = card?.tier ?? matches[0]?.tier;
    return html`<section class="who" aria-live="polite">
      <h1>${this.#name()}</h1>
      <p class="badges">
        ${tier ? html`<span class="tier ${tier}">${t("Tier {tier}", { tier })}</span>` : nothing}
        ${card && addressedAs(card) ? html`<span>${addressedAs(card)}</span>` : nothing}
        ${caller.withheld ? nothing : html`<span class="number">${phoneNumber(caller.e164) || caller.raw}</span>`}
      </p>
      ${this.#hush()} ${this.#matter()}
      ${caller.name && caller.name !== card?.name && caller.name !== caller.raw
        ? html`<p class="says">${t("Presents as: {name}", { name: caller.name })}</p>`
        : nothing}
      ${this.#why()}
      <p class="dialled">${t("Dialled")} <span class="number">${phoneNumber(dialled)}</span></p>
    </section>`;
  }

  #shown() {
    const { standing, pop } = this.pocket;
    const desk = { agentName: (code) => this.#agentName(code) };
    return html`${this.#bar()} ${this.#offline()}
      ${standing.state === "ringing" ? html`<p class="hint">${t("Pick up, then press 1")}</p>` : nothing}
      ${standing.state === "wrap_up" ? html`<rw-pocket-outcome></rw-pocket-outcome>` : nothing}
      ${pop
        ? html`${this.#who()} ${this.#which()}
            <rw-tried .call=${{ ...pop, state: standing.state === "wrap_up" ? "ended" : pop.state }} .desk=${desk}></rw-tried>
            ${pop.card ? html`<rw-card .card=${spoken(pop.card)} .desk=${desk}></rw-card>` : nothing}`
        : html`<p class="waiting">${standing.state === "wrap_up" ? t("The call is over.") : t("One moment …")}</p>`}`;
  }

  render() {
    const { standing } = this.pocket;
    if (this.over || standing?.state === "gone") {
      return html`<rw-pocket-gone .why=${this.over ?? standing.reason} .by=${standing?.by_name ?? ""}></rw-pocket-gone>`;
    }
    if (!standing) {
      return html`<main><p class="waiting" role="status">${this.line === "lost" ? t("No network: trying again …") : t("One moment …")}</p></main>`;
    }
    return html`<main aria-label=${label(t("Pocket card"))}>${this.#shown()}</main>`;
  }
}

customElements.define("rw-pocket", RwPocket);
