// Aggregates frames into buckets of one width, newest first. Which frames there are is left to reader.ts.
import type { RangeQuery } from '../store.ts';
import type { Points } from './points.ts';

type Aggregate = NonNullable<RangeQuery['agg']>;

/** What is known of one key in the open bucket. */
class Cell {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  last = Number.NaN;

  add(value: number): void {
    // Frames come newest first: the first reading seen is the bucket's last.
    if (this.count === 0) this.last = value;
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** NaN is "no reading"; only a count knows zero. */
  result(agg: Aggregate): number {
    if (agg === 'count') return this.count;
    if (this.count === 0) return Number.NaN;
    return agg === 'avg' ? this.sum / this.count : this[agg];
  }
}

/** Buckets begin at whole multiples of `stepMs` since 1970, so that two answers lie on the same grid. A bucket has the
 *  keys that its own frames have, so that keys that come and go cost what their samples do. */
export class Buckets {
  readonly #points: Points;
  readonly #stepMs: number;
  readonly #agg: Aggregate;
  #cells = new Map<number, Cell>();
  #layout = -1;
  #layoutKeys: readonly number[] = [];
  #openAt: number | undefined;

  constructor(points: Points, stepMs: number, agg: Aggregate) {
    this.#points = points;
    this.#stepMs = stepMs;
    this.#agg = agg;
  }

  /** Whether a frame of that time would open one bucket more. */
  opens(at: number): boolean {
    return this.#startOf(at) !== this.#openAt;
  }

  /** Takes one frame: values[indexes[i]] belongs to keys[i], as the points number them. */
  add(at: number, keys: readonly number[], indexes: readonly number[], values: Float64Array): void {
    if (this.opens(at)) {
      this.finish();
      this.#openAt = this.#startOf(at);
    }
    keys.forEach((key, i) => {
      const cell = this.#cell(key);
      const value = values[indexes[i]!]!;
      if (!Number.isNaN(value)) cell.add(value);
    });
  }

  /** Writes the open bucket out. */
  finish(): void {
    if (this.#openAt === undefined) return;
    this.#nameKeys([...this.#cells.keys()]);
    const values = this.#points.add(this.#openAt, this.#layout);
    let i = 0;
    for (const cell of this.#cells.values()) values[i++] = cell.result(this.#agg);
    this.#cells = new Map();
    this.#openAt = undefined;
  }

  /** Mostly a bucket has the keys of the one before. */
  #nameKeys(keys: readonly number[]): void {
    const known = this.#layoutKeys;
    if (this.#layout !== -1 && keys.length === known.length && keys.every((key, i) => key === known[i]))
      return;
    this.#layout = this.#points.layout(keys);
    this.#layoutKeys = keys;
  }

  #cell(key: number): Cell {
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = new Cell();
      this.#cells.set(key, cell);
    }
    return cell;
  }

  #startOf(at: number): number {
    return Math.floor(at / this.#stepMs) * this.#stepMs;
  }
}
