// Collects the points of an answer into one buffer that is handed over. What makes a point is left to reader.ts.
import { POINT_HEADER, type PackedPoints } from './operations.ts';

/** Grows as points are added, newest first. */
export class Points {
  readonly #layouts: (readonly string[])[] = [];
  #cells = new Float64Array(1024);
  #length = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Names the keys of points to come; the answer goes to `add`. */
  layout(keys: readonly string[]): number {
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

  pack(cut: boolean): PackedPoints {
    return { layouts: this.#layouts, cells: this.#cells, length: this.#length, cut };
  }

  #grow(needed: number): void {
    if (needed <= this.#cells.length) return;
    const larger = new Float64Array(Math.max(needed, this.#cells.length * 2));
    larger.set(this.#cells.subarray(0, this.#length));
    this.#cells = larger;
  }
}
