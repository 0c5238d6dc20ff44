// What can be done with one target from where it is shown: ask it now, and silence all of its alerts. Alerts that fire have
// buttons of their own.
import { post } from './api.js';
import { button } from './dom.js';
import { InlineForm, operate } from './operate.js';
import { silence, spanChoices } from './silences.js';

export class TargetActions {
  #target = null;
  #form = new InlineForm();
  #ask = button('', () => this.#askNow(), { class: 'operate' });
  #silence = button('silence', () => this.#toggle(), { class: 'operate' });
  #changed;
  #askPath;

  /** @param changed is told that something was changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** The buttons. */
  buttons = [this.#ask, this.#silence];

  /** Where the reason is asked for. */
  get form() {
    return this.#form.element;
  }

  /** @param target `id` and `name`; `ask` is what its button says, `path` where that is asked, both null where it can't be */
  turnTo({ id, name, ask, path }) {
    if (id !== this.#target?.id) this.#form.close();
    this.#target = { id, name };
    this.#askPath = path;
    this.#ask.hidden = path === null;
    if (!this.#ask.disabled) this.#ask.textContent = ask ?? '';
  }

  async #askNow() {
    this.#ask.disabled = true;
    await operate(() => post(this.#askPath, {}));
    this.#ask.disabled = false;
    await this.#changed();
  }

  #toggle() {
    const { id, name } = this.#target;
    const choices = spanChoices(async (span) => {
      await silence({ target: id }, span);
      await this.#changed();
    });
    const words = { label: `Silence all of ${name} because `, placeholder: 'for those who wonder later' };
    this.#form.toggle(this.#silence, words, choices);
  }
}
