/* Whose code or log-in it is, by name with the code beside it. Knows no component. */

import { t } from "../texts.js";
import { listLogins, listPeople, readRouting } from "./api.js";

const READS_LOGINS = ["manager", "admin", "auditor"];

/** People and log-ins as they are now, those who have left too. `session` is who looks: a lead sees no log-ins. */
export async function readNames(session) {
  const logins = READS_LOGINS.includes(session.role) ? listLogins() : [];
  return new Names(await listPeople(true), await logins);
}

/** The same, and groups, services and numbers of the routing. */
export async function readAllNames(session) {
  const routing = readRouting();
  const names = await readNames(session);
  const { groups, services, numbers } = await routing;
  names.groups = new Map(groups.map((one) => [one.key, one.state.name]));
  names.services = new Map(services.map((one) => [one.key, one.state.name]));
  names.numbers = new Map(numbers.map((one) => [one.key, one.state.label]));
  return names;
}

export class Names {
  groups = new Map();
  services = new Map();
  numbers = new Map();

  constructor(people, logins) {
    this.people = new Map(people.map((one) => [one.code, one.nickname || one.name]));
    this.active = people.filter((one) => one.active).map((one) => one.code);
    this.agents = new Map(logins.map((one) => [one.login, one.agent]));
  }

  /** `小林 101`; an unknown code as it is. */
  person(code) {
    return beside(this.people.get(code), code);
  }

  /** `總機 company`. */
  group(code) {
    return beside(this.groups.get(code), code);
  }

  /** `業務 sales`. */
  service(code) {
    return beside(this.services.get(code), code);
  }

  /** Who did something: `芬姐 108`, a log-in that is nobody's as it is, `cli:root` in words. */
  login(login) {
    if (login?.startsWith("cli:")) return t("{user} on the command line", { user: login.slice(4) });
    const name = this.people.get(this.agents.get(login) ?? login);
    return name ? `${name} ${login}` : login || "–";
  }
}

function beside(name, code) {
  return name && name !== code ? `${name} ${code}` : (code ?? "");
}
