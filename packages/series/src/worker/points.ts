// Collects the points of an answer into one buffer that is handed over. What makes a point is left to reader.ts.
import { POINT_HEADER, type PackedPoints } from './operations.ts';

/** Grows as points are added, newest first. Each key is held once, however many layouts have it. */
export class Points {
  readonly #keys: string[] = [];
  readonly #refs = new Map<string, number>();
  readonly #layouts: (readonly number[])[] = [];
  #cells = new Float64Array(1024);
  #length = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The number that stands for a key in this answer. */
  key(name: string): number {
    let ref = this.#refs.get(name);
    if (ref === undefined) {
      ref = this.#keys.push(name) - 1;
      this.#refs.set(name, ref);
    }
    return ref;
  }

  /** Takes the keys of points to come, as `key` numbered them; the answer goes to `add`. */
  layout(keys: readonly number[]): number {
    return this.#layouts.push(keys) - 1;
  }

  /** Makes room for one point, and answers its value cells, to be filled in. */
  add(at: number, layout: number): Float64Array {
    const width = this.#layouts[layout]!.length;
    const start = this.#length + POINT_HEADER;
    this.#grow(start + width);
    this.#cells[start - 2] = at;
    this.#cells[start - 1] = layout;
    this.#length = start + width;
    this.#count++;
    return this.#cells.subarray(start, start + width);
  }

  pack(
    cut: boolean,
    from: Pick<PackedPoints, 'tier' | 'stepMs'> = { tier: 'raw', stepMs: null },
  ): PackedPoints {
    return {
      keys: this.#keys,
      layouts: this.#layouts,
      cells: this.#cells,
      length: this.#length,
      cut,
      ...from,
    };
  }

  #grow(needed: number): void {
    if (needed <= this.#cells.length) return;
    const larger = new Float64Array(Math.max(needed, this.#cells.length * 2));
    larger.set(this.#cells.subarray(0, this.#length));
    this.#cells = larger;
  }
}
