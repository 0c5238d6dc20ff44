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

/** Buckets begin at whole multiples of `stepMs` since 1970, so that two answers lie on the same grid. */
export class Buckets {
  readonly #points: Points;
  readonly #stepMs: number;
  readonly #agg: Aggregate;
  readonly #keys: string[] = [];
  readonly #indexOf = new Map<string, number>();
  #cells: Cell[] = [];
  #layout = -1;
  #layoutWidth = -1;
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

  /** Takes one frame: values[indexes[i]] belongs to keys[indexes[i]]. */
  add(at: number, keys: readonly string[], indexes: readonly number[], values: Float64Array): void {
    if (this.opens(at)) {
      this.finish();
      this.#openAt = this.#startOf(at);
      this.#cells = this.#keys.map(() => new Cell());
    }
    for (const i of indexes) {
      const cell = this.#cell(keys[i]!);
      const value = values[i]!;
      if (!Number.isNaN(value)) cell.add(value);
    }
  }

  /** Writes the open bucket out. */
  finish(): void {
    if (this.#openAt === undefined) return;
    if (this.#layoutWidth !== this.#keys.length) {
      this.#layout = this.#points.layout([...this.#keys]);
      this.#layoutWidth = this.#keys.length;
    }
    const values = this.#points.add(this.#openAt, this.#layout);
    this.#cells.forEach((cell, i) => {
      values[i] = cell.result(this.#agg);
    });
    this.#openAt = undefined;
  }

  #cell(key: string): Cell {
    let index = this.#indexOf.get(key);
    if (index === undefined) {
      index = this.#keys.push(key) - 1;
      this.#indexOf.set(key, index);
      this.#cells[index] = new Cell();
    }
    return this.#cells[index]!;
  }

  #startOf(at: number): number {
    return Math.floor(at / this.#stepMs) * this.#stepMs;
  }
}
