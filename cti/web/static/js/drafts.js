/* Notes not yet saved, kept on this machine per log-in and per subject (a call, or a customer without one), so that
   a reload, another call or a lost session loses no word. Old ones go after a week. */

const PREFIX = "ringward.draft";
const KEPT_FOR = 7 * 24 * 3600 * 1000; // a note about last week's call is no longer being written

export class Drafts {
  constructor(login, storage = localStorage, now = Date.now) {
    this.prefix = `${PREFIX}.${login}.`;
    this.storage = storage;
    this.now = now;
    this.#forgetOld();
  }

  get(subject) {
    return this.#read(this.prefix + subject)?.text ?? "";
  }

  has(subject) {
    return this.get(subject).trim() !== "";
  }

  set(subject, text) {
    if (text === "") this.storage.removeItem(this.prefix + subject);
    else this.storage.setItem(this.prefix + subject, JSON.stringify({ text, at: this.now() }));
  }

  #read(key) {
    try {
      return JSON.parse(this.storage.getItem(key));
    } catch {
      return null; // not ours, or cut short: no draft
    }
  }

  #forgetOld() {
    const keys = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index));
    for (const key of keys.filter((name) => name.startsWith(this.prefix))) {
      const kept = this.#read(key);
      if (!kept || this.now() - kept.at > KEPT_FOR) this.storage.removeItem(key);
    }
  }
}
