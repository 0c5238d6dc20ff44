// Reads frames of one target back, newest first, as they are or in buckets. It works in slices and lets writes
// run in between; unpacking is left to the main thread (unpack.ts).
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RangeQuery } from '../store.ts';
import { Buckets } from './buckets.ts';
import { Lru } from './lru.ts';
import type { Names } from './names.ts';
import type { PackedPoints } from './operations.ts';
import { Points } from './points.ts';

/** Rows between two turns of the event loop: a few milliseconds of reading. */
const SLICE_ROWS = 1000;
/** Layouts that one answer remembers at a time; the rest are looked up again. */
const REMEMBERED_SELECTIONS = 256;

interface Row {
  readonly t: number;
  readonly layout: number;
  readonly vals: Uint8Array;
}

/** A stored layout as one answer sees it: which of its keys were asked for. */
interface Selection {
  /** As the answer's points number them. */
  readonly keys: readonly number[];
  /** Where in a frame the value of each of the keys is. */
  readonly indexes: readonly number[];
  /** Names were given, and none of them is in this layout. */
  readonly none: boolean;
}

/** Makes points of frames that come newest first. */
interface Scan {
  /** False when the frame is one too many. */
  take(row: Row, selection: Selection): boolean;
  finish(cut: boolean): PackedPoints;
}

export class Reader {
  readonly #names: Names;
  readonly #rows: StatementSync;

  constructor(db: DatabaseSync, names: Names) {
    this.#names = names;
    this.#rows = db.prepare(`select t, layout, vals from frames
      where target = ? and t >= ? and t <= ? order by t desc limit ?`);
  }

  /** The newest `limit` points of the range. Frames without any of the names make no point. */
  async range(query: RangeQuery): Promise<PackedPoints> {
    const points = new Points();
    const scan: Scan =
      query.stepMs === undefined
        ? new RawScan(points, query.limit)
        : new BucketScan(points, query.limit, new Buckets(points, query.stepMs, query.agg ?? 'avg'));
    const selections = new Lru<number, Selection>(REMEMBERED_SELECTIONS);
    const selectionOf = (layout: number) =>
      selections.get(layout, () => select(this.#names.keys(layout), query.names, points));
    for await (const rows of this.#newestFirst(query)) {
      if (!scanSlice(scan, rows, selectionOf)) return scan.finish(true);
    }
    return scan.finish(false);
  }

  async *#newestFirst({
    targetId,
    start,
    end,
    limit,
    names,
    stepMs,
  }: RangeQuery): AsyncGenerator<readonly Row[]> {
    const target = this.#names.findTarget(targetId);
    if (target === undefined) return;
    // Without names and steps every row is a point, and one more row tells whether the answer is cut.
    const sliceRows = Math.min(
      SLICE_ROWS,
      names === undefined && stepMs === undefined ? limit + 1 : SLICE_ROWS,
    );
    for (let until = end; ; ) {
      // The cast states what the columns hold: the schema is strict.
      const rows = this.#rows.all(target, start, until, sliceRows) as unknown as readonly Row[];
      yield rows;
      if (rows.length < sliceRows) return;
      until = rows.at(-1)!.t - 1;
      await nextTurn();
    }
  }
}

function select(keys: readonly string[], names: readonly string[] | undefined, points: Points): Selection {
  const wanted = (key: string) =>
    names === undefined || names.some((name) => key === name || key.startsWith(`${name}{`));
  const indexes = keys.flatMap((key, i) => (wanted(key) ? [i] : []));
  return {
    keys: indexes.map((i) => points.key(keys[i]!)),
    indexes,
    none: names !== undefined && indexes.length === 0,
  };
}

function scanSlice(scan: Scan, rows: readonly Row[], selectionOf: (layout: number) => Selection): boolean {
  for (const row of rows) {
    const selection = selectionOf(row.layout);
    if (!selection.none && !scan.take(row, selection)) return false;
  }
  return true;
}

/** Frames as they are. */
class RawScan implements Scan {
  readonly #points: Points;
  readonly #limit: number;
  readonly #layouts = new WeakMap<Selection, number>();

  constructor(points: Points, limit: number) {
    this.#points = points;
    this.#limit = limit;
  }

  take(row: Row, selection: Selection): boolean {
    if (this.#points.count === this.#limit) return false;
    let layout = this.#layouts.get(selection);
    if (layout === undefined) {
      layout = this.#points.layout(selection.keys);
      this.#layouts.set(selection, layout);
    }
    const values = valuesOf(row);
    const cells = this.#points.add(row.t, layout);
    selection.indexes.forEach((from, to) => {
      cells[to] = values[from]!;
    });
    return true;
  }

  finish(cut: boolean): PackedPoints {
    return this.#points.pack(cut);
  }
}

/** Frames in buckets. */
class BucketScan implements Scan {
  readonly #points: Points;
  readonly #limit: number;
  readonly #buckets: Buckets;
  #opened = 0;

  constructor(points: Points, limit: number, buckets: Buckets) {
    this.#points = points;
    this.#limit = limit;
    this.#buckets = buckets;
  }

  take(row: Row, { keys, indexes }: Selection): boolean {
    if (this.#buckets.opens(row.t)) {
      if (this.#opened === this.#limit) return false;
      this.#opened++;
    }
    this.#buckets.add(row.t, keys, indexes, valuesOf(row));
    return true;
  }

  finish(cut: boolean): PackedPoints {
    this.#buckets.finish();
    return this.#points.pack(cut);
  }
}

function valuesOf({ vals }: Row): Float64Array {
  return new Float64Array(vals.buffer, vals.byteOffset, vals.byteLength / Float64Array.BYTES_PER_ELEMENT);
}
