/* The WebSocket to `/ws/desktop`, or another path that speaks alike: hands on messages in order, notices what is
   missing, and comes back by itself.
   Must not know what messages mean, beyond their `seq`. */

const SILENCE = 30_000; // three heartbeats of the server unheard: the line is dead, whatever the browser believes
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000; // a caller rings 15 s on a desk: longer than this and the page misses a whole call
const SETTLED_AFTER = 5_000;

export class DesktopLink {
  /** `onMessage(message)`, `onState("connecting" | "open" | "lost")`, and `mayRetry()` → false ends the link for good. */
  constructor({ onMessage, onState, mayRetry, path = "/ws/desktop" }) {
    this.path = path;
    this.onMessage = onMessage;
    this.onState = onState;
    this.mayRetry = mayRetry;
    this.attempt = 0;
    this.comeBack = () => this.#soon(0);
  }

  open() {
    this.stopped = false;
    window.addEventListener("online", this.comeBack);
    this.onState("connecting");
    this.#connect();
  }

  close() {
    this.stopped = true;
    window.removeEventListener("online", this.comeBack);
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    this.#leave();
  }

  #connect() {
    clearTimeout(this.retry);
    this.#leave();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.path}`);
    this.socket = socket;
    this.expected = 1;
    this.#listen();
    socket.onmessage = ({ data }) => this.#receive(socket, data);
    socket.onclose = () => this.#lost(socket);
  }

  #receive(socket, text) {
    if (socket !== this.socket) return;
    const message = JSON.parse(text);
    if (message.seq !== this.expected) {
      this.#lost(socket); // something was missed: only a fresh snapshot is the truth now
      return;
    }
    this.expected += 1;
    this.#listen();
    if (message.type === "snapshot") {
      this.onState("open");
      this.opened = Date.now();
    }
    this.onMessage(message);
  }

  #listen() {
    clearTimeout(this.silence);
    const socket = this.socket;
    this.silence = setTimeout(() => this.#lost(socket), SILENCE);
  }

  async #lost(socket) {
    if (socket !== this.socket || this.stopped) return;
    this.#leave();
    clearTimeout(this.silence);
    if (this.opened && Date.now() - this.opened > SETTLED_AFTER) this.attempt = 0;
    this.opened = null;
    this.onState("lost");
    if (!(await this.mayRetry()) || this.stopped) return;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.attempt);
    this.attempt += 1;
    this.#soon(wait * (0.5 + Math.random() / 2)); // jitter: a hundred pages must not return in the same instant
  }

  #soon(milliseconds) {
    if (this.stopped || this.socket) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.#connect(), milliseconds);
  }

  #leave() {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
