/* One page that sets up a person: phones, chain, deputy, direct number, groups, rights, leave; and beside it who would
   ring if somebody called them now. */

import { css, html, nothing } from "../element.js";
import { phoneNumber } from "../formats.js";
import { icon } from "../icons.js";
import { t } from "../texts.js";
import { label, presenceWord } from "../words.js";
import { addPerson, listPeople, readPerson, readPhone, readRouting, setPerson } from "./api.js";
import { Form } from "./form.js";
import { address, follow, go } from "./places.js";
import "./rw-leaver.js";
import "./rw-leaves.js";
import "./rw-login-form.js";
import "./rw-mentors.js";
import "./rw-steps.js";
import { choice, line, sentenceOf } from "./view.js";
import { ROLE_CODES, profileWord, roleWord } from "./words.js";

const BLANK = {
  code: "",
  name: "",
  nickname: "",
  department: "",
  extension: "",
  mobile: "",
  deputy: "",
  desk_seconds: 15,
  mobile_seconds: 20,
  deputy_seconds: 15,
  presence: "available",
  active: true,
  profile: "desk-and-mobile",
  language: "",
  steps: "",
  direct: "",
  groups: [],
  login: "",
  password: "",
  role: "agent",
};
const LOGIN = ["login", "password", "role"];
const INLINE = [...Object.keys(BLANK)];

export class RwPersonForm extends Form {
  static properties = {
    code: {},
    person: { state: true },
    people: { state: true },
    groups: { state: true },
    phone: { state: true },
  };

  static styles = [
    Form.styles,
    css`
      .profile {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1.25rem;
      }

      dl {
        display: grid;
        gap: 0.25rem 1rem;
        grid-template-columns: auto minmax(0, 1fr);
        font-size: var(--text);
      }

      dt {
        color: var(--muted);
      }

      dd {
        overflow-wrap: anywhere;
      }

      code {
        font-size: var(--text);
      }
    `,
  ];

  willUpdate(changes) {
    if (changes.has("code") && changes.get("code") !== undefined) {
      this.loading = true;
      this.load();
    }
  }

  async read() {
    const [people, routing, person] = await Promise.all([
      listPeople(),
      readRouting(),
      this.code ? readPerson(this.code) : null,
    ]);
    this.people = people;
    this.groups = routing.groups;
    this.person = person;
    this.phone = null;
    const seen = person
      ? { ...Object.fromEntries(Object.keys(BLANK).map((name) => [name, person[name] ?? BLANK[name]])), direct: phoneNumber(person.direct[0] ?? "") }
      : { ...BLANK, groups: this.groups.some((one) => one.key === "company") ? ["company"] : [] };
    if (person?.mobile) seen.mobile = phoneNumber(person.mobile);
    this.begin(seen, person ? person.version : null);
  }

  ready() {
    return Boolean(this.person || (this.draft.code && this.draft.name));
  }

  previewed() {
    return `agent:${this.code || this.draft.code}`;
  }

  send(to) {
    if (this.person) {
      const body = { ...this.changed, version: this.version };
      for (const name of ["code", ...LOGIN]) delete body[name];
      return setPerson(this.code, body, to);
    }
    const { login, password, role, ...rest } = this.draft;
    const body = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ""));
    if (login && to === undefined) body.login = { login, password, role };
    return addPerson(body, to);
  }

  async kept(answer) {
    const told = {
      told: () => t("Saved. Asterisk knows the phone, too."),
      later: () => t("Saved. Asterisk does not run now; it will know the phone when it starts."),
      by_hand: () => t("Saved. Your own Asterisk must be told: ringward dialplan install."),
    };
    if (!this.person) {
      go("people", answer.key);
      return;
    }
    await this.load();
    this.saved = (told[answer.switch] ?? (() => t("Saved. It rings like this from now on.")))();
  }

  async #showPhone() {
    try {
      this.phone = await readPhone(this.code);
    } catch (error) {
      this.phone = { failure: sentenceOf(error) };
    }
  }

  #who() {
    return html`<section class="panel stack">
      <h2>${t("Who")}</h2>
      <div class="fields">
        ${this.person
          ? nothing
          : line(this, "code", { label: t("Code"), hint: t("Stays for ever; mostly the extension, like 109."), required: true, longest: 40 })}
        ${line(this, "name", { label: t("Full name"), required: true })}
        ${line(this, "nickname", { label: t("Nickname"), hint: t("What colleagues say.") })}
        ${line(this, "department", { label: t("Department") })}
        ${line(this, "direct", { label: t("Direct number"), type: "tel", placeholder: "02-5550-1109", hint: t("Rings this person first.") })}
      </div>
    </section>`;
  }

  #phones() {
    const desk = this.draft.profile !== "mobile-only";
    return html`<section class="panel stack">
      <h2>${t("Phones")}</h2>
      <div class="profile" role="radiogroup" aria-label=${t("Phones")}>
        ${["desk-and-mobile", "mobile-only"].map(
          (one) => html`<label class="choice"><input type="radio" name="profile" .checked=${this.draft.profile === one} @change=${() => this.put("profile", one)}>${label(profileWord(one))}</label>`,
        )}
      </div>
      <div class="fields">
        ${line(this, "extension", { label: t("Desk extension"), inputmode: "numeric", placeholder: "109", hint: desk ? "" : t("Kept, and not rung.") })}
        ${line(this, "mobile", { label: t("Mobile"), type: "tel", placeholder: "0900-000-109" })}
        ${choice(this, "language", { label: t("What the mobile is told in"), options: [["", t("as the firm")], ["zh-Hant", t("in Mandarin")], ["en", t("in English")]] })}
      </div>
      ${this.person?.extension && this.mayChange ? this.#account() : nothing}
    </section>`;
  }

  #account() {
    if (!this.phone)
      return html`<div><button type="button" class="button" @click=${this.#showPhone}>${icon("phone")}${t("What to enter in the desk phone")}</button></div>`;
    if (this.phone.failure) return html`<span class="error" role="alert">${this.phone.failure}</span>`;
    return html`<dl class="notice">
      <dt>${t("SIP server")}</dt><dd><code>${this.phone.server}:${this.phone.port}</code> (UDP)</dd>
      <dt>${t("User name")}</dt><dd><code>${this.phone.username}</code></dd>
      <dt>${t("Password")}</dt><dd><code>${this.phone.password}</code></dd>
    </dl>`;
  }

  #ringing() {
    const own = Boolean(this.draft.steps);
    const others = this.people.filter((one) => one.active && one.code !== this.code);
    const usual = t("As usual: the desk for {desk} s, then the mobile for {mobile} s.", { desk: this.draft.desk_seconds, mobile: this.draft.mobile_seconds });
    return html`<section class="panel stack">
      <h2>${t("Who rings, and how long")}</h2>
      <div class="fields">
        ${choice(this, "deputy", {
          label: t("Deputy"),
          hint: t("Stands in when nobody here answers, and during leave."),
          options: [["", t("nobody")], ...others.map((one) => [one.code, `${one.nickname || one.name} ${one.code}`])],
        })}
        ${own ? nothing : line(this, "desk_seconds", { label: t("Desk rings (s)"), type: "number", min: 1, max: 120 })}
        ${own ? nothing : line(this, "mobile_seconds", { label: t("Mobile rings (s)"), type: "number", min: 1, max: 120 })}
        ${line(this, "deputy_seconds", { label: t("Desk rings when standing in (s)"), type: "number", min: 1, max: 120 })}
      </div>
      <div class="one">
        <span class="label">${t("Own chain")}</span>
        <rw-steps .steps=${this.draft.steps} .usual=${usual} ?fixed=${!this.mayChange} @steps=${({ detail }) => this.put("steps", detail.steps)}></rw-steps>
        ${this.faultOf("steps") ? html`<span class="error" role="alert">${this.faultOf("steps")}</span>` : nothing}
      </div>
      <div class="one" role="group" aria-label=${t("Groups")}>
        <span class="label">${t("Groups")}</span>
        <div class="row">
          ${this.groups.map(
            (one) => html`<label class="choice"><input type="checkbox" .checked=${this.draft.groups.includes(one.key)}
              @change=${({ target }) => this.put("groups", this.groups.map((group) => group.key).filter((key) => (key === one.key ? target.checked : this.draft.groups.includes(key))))}>${one.state.name}</label>`,
          )}
          ${this.groups.length ? nothing : html`<span class="hint">${t("There is no group yet.")}</span>`}
        </div>
      </div>
      <div class="fields">
        ${choice(this, "presence", { label: t("Presence"), options: ["available", "away", "dnd"].map((one) => [one, label(presenceWord(one))]) })}
        <label class="choice"><input type="checkbox" .checked=${this.draft.active} @change=${({ target }) => this.put("active", target.checked)}>${t("Takes calls")}</label>
      </div>
    </section>`;
  }

  #rights() {
    if (!["manager", "admin", "auditor"].includes(this.session.role)) return nothing;
    const roles = ROLE_CODES.filter((one) => one !== "admin" || this.session.role === "admin");
    return html`<section class="panel stack">
      <h2>${t("Log-in and rights")}</h2>
      ${this.person
        ? html`${this.person.logins.map((one) => html`<rw-login-form .session=${this.session} .account=${{ ...one, agent: this.code }} @changed=${() => this.catchUp()}></rw-login-form>`)}
            ${this.person.logins.length || !this.mayChange ? nothing : html`<rw-login-form .session=${this.session} .agent=${this.code} @changed=${() => this.catchUp()}></rw-login-form>`}`
        : html`<div class="fields">
            ${line(this, "login", { label: t("Log-in"), hint: t("Leave empty for none.") })}
            ${line(this, "password", { label: t("First password"), hint: t("At least 8 characters."), longest: 1000 })}
            ${choice(this, "role", { label: t("Role"), options: roles.map((one) => [one, roleWord(one)]) })}
          </div>`}
    </section>`;
  }

  show() {
    const name = this.person ? this.person.nickname || this.person.name : this.draft.nickname || this.draft.name;
    return html`
      <div class="head">
        <h1>${this.person ? html`${this.person.name} <span class="muted number">${this.code}</span>` : t("New person")}</h1>
        <div class="end">
          ${this.person
            ? html`<a class="button" href=${address("week", "agent", this.code)} @click=${follow("week", "agent", this.code)}>${t("The week")}</a>`
            : nothing}
          <a class="button" href=${address("people")} @click=${follow("people")}>${t("All people")}</a>
        </div>
      </div>
      <div class="two">
        <div class="stack">
          <div>
            <form class="stack" novalidate @submit=${this.save}>
              <fieldset class="stack" ?disabled=${!this.mayChange}>
                ${this.#who()} ${this.#phones()} ${this.#ringing()}
                ${this.person ? nothing : this.#rights()}
              </fieldset>
              ${this.refusal(INLINE)}
              ${this.actions()}
            </form>
          </div>
          ${this.person
            ? html`<section class="panel stack"><h2>${t("Leave")}</h2>
                <rw-leaves .session=${this.session} .person=${this.person} .people=${this.people} @changed=${() => this.catchUp()}></rw-leaves></section>
                <section class="panel stack"><h2>${t("Mentors")}</h2>
                  <rw-mentors .session=${this.session} .code=${this.code}></rw-mentors></section>
                ${this.#rights()}
                ${this.person.active && this.mayChange
                  ? html`<section class="panel stack"><h2>${t("Leaves the firm")}</h2>
                      <rw-leaver .session=${this.session} .person=${this.person} .people=${this.people}></rw-leaver></section>`
                  : nothing}`
            : nothing}
        </div>
        ${this.preview(name ? t("Who rings when somebody calls {name} now", { name }) : t("Who would ring"))}
      </div>
    `;
  }
}

customElements.define("rw-person-form", RwPersonForm);
