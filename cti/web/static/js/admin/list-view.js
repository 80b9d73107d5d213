/* What the views share that show a list and change it in place: its rows with everybody's names, one change at a time,
   what was done said beside it, what was refused kept to be shown. */

import { css } from "../element.js";
import { readNames } from "./names.js";
import { View } from "./view.js";

/** For components in which somebody does something: `busy` meanwhile, `fault` when it was refused. */
export const Acting = (Base) =>
  class extends Base {
    static properties = { busy: { state: true }, fault: { state: true } };

    /** Do `work()`; whether it was done. */
    async act(work) {
      [this.busy, this.fault] = [true, null];
      try {
        await work();
        return true;
      } catch (error) {
        this.fault = error;
        return false;
      } finally {
        this.busy = false;
      }
    }

    /** Put the focus on the first that `selector` finds, once it is there; with what it says marked where that can be. */
    async focusOn(selector) {
      await this.updateComplete;
      const found = this.renderRoot.querySelector(selector);
      found?.focus();
      found?.select?.();
    }
  };

/** A view of `rows`: `list()` reads them, `readWho()` the names of who and what stands in them. */
export class ListView extends Acting(View) {
  static properties = { rows: { state: true }, names: { state: true }, said: { state: true } };

  static styles = [
    View.styles,
    css`
      .rows > li {
        display: grid;
        gap: 0.5rem;
        padding: 0.6rem 0;
        border-bottom: 1px solid var(--line);
      }

      .rows > li:last-child {
        border: 0;
      }

      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.75rem;
        overflow-wrap: anywhere;
      }

      .line .row,
      .line .button.end {
        margin-inline-start: auto;
      }
    `,
  ];

  #reading = 0;

  readWho() {
    return readNames(this.session);
  }

  async read() {
    const reading = ++this.#reading;
    const [rows, names] = await Promise.all([this.list(), this.readWho()]);
    if (reading !== this.#reading) return; // something else is shown by now, and being read
    [this.rows, this.names] = [rows, names];
  }

  /** Show something else: read anew, with nothing of before beside it. */
  turn() {
    [this.said, this.fault, this.loading] = ["", null, true];
    return this.load();
  }

  /** Do `work()`, read the list again, and say what was done; whether it was. */
  async change(work, said = "") {
    this.said = "";
    return this.act(async () => {
      await work();
      await this.load();
      this.said = said;
    });
  }
}
