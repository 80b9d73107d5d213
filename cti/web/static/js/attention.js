/* Getting someone's attention when they look elsewhere: the browser's notifications and a sound. Of several tabs of one
   log-in only one does it; they agree by a lock that the browser takes from a tab that closes.
   Must not know calls or promises: it is given an id, a title and a text. */

const KEPT_AS = "ringward.attention";
const RING_EVERY = 3_000;
const TONES = [660, 880]; // a fifth apart, soft: heard across a room, not startling beside the ear
const TONE_SECONDS = 0.22;
const LOUDNESS = 0.12;

export class Attention extends EventTarget {
  /** `onPick(id)`: a notification was clicked, and its tab is in front now. */
  constructor(login, onPick) {
    super();
    this.login = login;
    this.onPick = onPick;
    this.leads = false;
    this.shown = new Map();
    this.ringing = new Set();
    this.wishes = this.#read();
    this.left = new AbortController();
  }

  open() {
    const { signal } = this.left;
    this.#lead(signal);
    // A browser lets a page sound only after it has been touched once.
    for (const touch of ["pointerdown", "keydown"]) window.addEventListener(touch, () => this.#wake(), { signal });
    window.addEventListener("storage", ({ key }) => key === this.#key && this.#wish(this.#read()), { signal });
  }

  close() {
    this.left.abort();
    this.settleAll();
    this.release?.();
    this.audio?.close();
  }

  /** `unsupported` (no secure address), `denied` (in the browser), `off` or `on`. */
  get notices() {
    if (!window.isSecureContext || !("Notification" in window)) return "unsupported";
    if (Notification.permission === "denied") return "denied";
    return Notification.permission === "granted" && this.wishes.notices ? "on" : "off";
  }

  get sound() {
    return this.wishes.sound;
  }

  /** Ask for leave to notify; only ever from a click, as browsers demand and people expect. */
  async switchNotices(on) {
    if (on && Notification.permission === "default") await Notification.requestPermission();
    this.#keep({ ...this.wishes, notices: on });
  }

  switchSound(on) {
    this.#keep({ ...this.wishes, sound: on });
    if (on) {
      this.#wake();
      this.#chime(); // so that one knows what it will be
    }
  }

  /** Something to see to: stays until `settle(id)` or a click. With `rings` it sounds until then. */
  call(id, title, text, { rings = false } = {}) {
    if (rings) {
      this.ringing.add(id);
      this.#ring();
    }
    if (!this.leads || this.notices !== "on" || this.shown.has(id)) return;
    const options = { body: text, tag: `ringward.${id}`, requireInteraction: true, icon: "/static/icons/ringward.svg" };
    const notice = new Notification(title, options);
    notice.onclick = () => {
      window.focus();
      this.onPick(id);
      this.settle(id);
    };
    this.shown.set(id, notice);
  }

  /** It was seen to. */
  settle(id) {
    this.shown.get(id)?.close();
    this.shown.delete(id);
    this.ringing.delete(id);
    if (!this.ringing.size) clearInterval(this.bell);
  }

  settleAll() {
    for (const id of new Set([...this.shown.keys(), ...this.ringing])) this.settle(id);
  }

  /* Without locks (an address that is not secure) there are no notifications either; then every tab may sound. */
  #lead(signal) {
    if (!navigator.locks) {
      this.leads = true;
      return;
    }
    const held = () => {
      this.leads = true;
      if (this.ringing.size) this.#ring();
      return new Promise((resolve) => (this.release = resolve));
    };
    navigator.locks.request(this.#key, { signal }, held).catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
  }

  #ring() {
    clearInterval(this.bell);
    this.#chime();
    this.bell = setInterval(() => this.#chime(), RING_EVERY);
  }

  #chime() {
    if (!this.leads || !this.wishes.sound || this.audio?.state !== "running") return;
    TONES.forEach((tone, place) => this.#tone(tone, this.audio.currentTime + place * TONE_SECONDS));
  }

  #tone(frequency, at) {
    const tone = new OscillatorNode(this.audio, { frequency });
    const volume = new GainNode(this.audio, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
    volume.gain.linearRampToValueAtTime(0, at + TONE_SECONDS);
    tone.connect(volume).connect(this.audio.destination);
    tone.start(at);
    tone.stop(at + TONE_SECONDS);
  }

  #wake() {
    if (!this.wishes.sound) return;
    this.audio ??= new AudioContext();
    if (this.audio.state === "suspended") this.audio.resume();
  }

  get #key() {
    return `${KEPT_AS}.${this.login}`;
  }

  #read() {
    const asked = "Notification" in window && Notification.permission === "granted";
    try {
      return { notices: asked, sound: false, ...JSON.parse(localStorage.getItem(this.#key)) };
    } catch {
      return { notices: asked, sound: false }; // not ours, or cut short
    }
  }

  #keep(wishes) {
    localStorage.setItem(this.#key, JSON.stringify(wishes)); // the other tabs hear of it
    this.#wish(wishes);
  }

  #wish(wishes) {
    this.wishes = wishes;
    if (this.notices !== "on") for (const id of [...this.shown.keys()]) this.#closeNotice(id);
    this.dispatchEvent(new Event("change"));
  }

  #closeNotice(id) {
    this.shown.get(id).close();
    this.shown.delete(id);
  }
}
