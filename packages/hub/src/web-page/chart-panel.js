// A group of charts over one range: one crosshair for all of them, and what is said while they load, when they can't be
// had, and when there is nothing to draw. What they show, and reading it, is for who gives it.
import { Chart } from './chart.js';
import { el } from './dom.js';
import { RANGES, refreshMsOf } from './ranges.js';

/** Answers that come sooner need no word. */
const PATIENCE_MS = 300;
/** After a failure it is tried again by itself. */
const RETRY_MS = 30_000;
/** What has no samples yet may have just begun. */
const EMPTY_RETRY_MS = 5_000;

export class ChartPanel {
  #charts = new Map();
  #at = null;
  /** What is drawn or being read; when it is worth reading anew. */
  #key = null;
  #dueAt = 0;
  #loading = null;
  #grid = el('div', { class: 'charts' });
  #message = el('p', { class: 'message', role: 'status' });

  constructor(element) {
    element.append(this.#message, this.#grid);
  }

  /** Draws these charts, which are at hand, under the words that there are to say. */
  show(key, charts, ...words) {
    this.#loading?.abort();
    this.#loading = null;
    this.#key = key;
    this.#grid.classList.remove('busy');
    this.#message.replaceChildren(...words);
    this.#draw(charts);
  }

  /** Draws what `read` gives, unless that is drawn already and hasn't grown old. Reading what no longer belongs here is
   *  given up.
   *  @param key what it is that is read; called with the same one again and again
   *  @param read gives `{ charts, missing }`, with what to say of those that aren't there; its signal aborts it */
  keep(key, read) {
    const drawn = key === this.#key;
    if (drawn && (this.#loading !== null || Date.now() < this.#dueAt || document.hidden)) return;
    this.#load(key, read);
  }

  async #load(key, read) {
    this.#loading?.abort();
    this.#key = key;
    const loading = new AbortController();
    this.#loading = loading;
    const word = setTimeout(() => this.#wait(), PATIENCE_MS);
    try {
      const { charts, missing } = await read(loading.signal);
      if (this.#loading !== loading) return;
      this.show(key, charts, missing);
      const [first] = charts;
      this.#dueAt = Date.now() + (first === undefined ? EMPTY_RETRY_MS : refreshMsOf(first.stepMs));
    } catch (error) {
      if (this.#loading === loading) this.#fail(key, read, error);
    } finally {
      clearTimeout(word);
    }
  }

  #wait() {
    this.#message.textContent = 'Loading…';
    this.#grid.classList.add('busy');
  }

  #fail(key, read, error) {
    const again = el('button', { type: 'button' }, ['Try again']);
    again.onclick = () => this.#load(key, read);
    this.show(key, [], `These charts could not be read. ${error.message} `, again);
    this.#dueAt = Date.now() + RETRY_MS;
  }

  /** Charts that were there already keep their place and the reader's. */
  #draw(charts) {
    const shown = charts.map((data) => {
      const chart = this.#charts.get(data.key) ?? new Chart((at) => this.#point(at));
      chart.draw(data);
      chart.point(this.#at);
      return [data.key, chart];
    });
    const keys = (entries) => JSON.stringify([...entries].map(([key]) => key));
    const same = keys(shown) === keys(this.#charts);
    this.#charts = new Map(shown);
    if (!same) this.#grid.replaceChildren(...shown.map(([, chart]) => chart.element));
  }

  #point(at) {
    this.#at = at;
    for (const chart of this.#charts.values()) chart.point(at);
  }
}

/** Buttons for the ranges. Gives the element, and what marks the chosen one. */
export function rangeButtons(pick) {
  const buttons = Object.entries(RANGES).map(([name, { label }]) => {
    const button = el('button', { type: 'button' }, [label]);
    button.onclick = () => pick(name);
    return [name, button];
  });
  const element = el(
    'div',
    { class: 'ranges', role: 'group', 'aria-label': 'Range' },
    buttons.map(([, button]) => button),
  );
  const mark = (chosen) => {
    for (const [name, button] of buttons) button.setAttribute('aria-pressed', String(name === chosen));
  };
  return { element, mark };
}
