// Keeps the series of a metric that filters found, as rules over a fleet ask for them again and again. Finding them, and
// saying when there are others, is left to names.ts.
import type { SeriesFilter, SeriesRow } from '../engine/chunk-store.ts';

type Finder = (filter: SeriesFilter, limit: number) => readonly SeriesRow[];

/** Memory of what is kept, about: a hundred metrics of a thousand targets take two thirds of it. It is a quarter of the
 *  heap that the thread may have, whatever is asked for and however long its texts are. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Of one row without the characters of its texts; of a filter about as many. */
const ROW_BYTES = 120;

/** Answers as the finder does, until it is said that there are others. */
export class KnownSeries {
  readonly #find: Finder;
  readonly #byFilter = new Map<string, readonly SeriesRow[]>();
  #bytes = 0;

  constructor(find: Finder) {
    this.#find = find;
  }

  find(filter: SeriesFilter, limit: number): readonly SeriesRow[] {
    if (filter.metric === undefined) return this.#find(filter, limit);
    const key = JSON.stringify([filter.metric, filter.targets]);
    const known = this.#byFilter.get(key);
    if (known !== undefined) return known.length <= limit ? known : known.slice(0, limit);
    const rows = this.#find(filter, limit);
    if (rows.length < limit) this.#keep(key, rows);
    return rows;
  }

  forget(): void {
    this.#byFilter.clear();
    this.#bytes = 0;
  }

  #keep(filter: string, rows: readonly SeriesRow[]): void {
    const bytes = bytesOf(filter, rows);
    // What doesn't fit at all must not push out the others.
    if (bytes > MAX_BYTES) return;
    if (this.#bytes + bytes > MAX_BYTES) this.forget();
    // SQLite's own rows take more than twice the memory.
    const plain = rows.map(({ no, target, targetId, key }) => ({ no, target, targetId, key }));
    this.#byFilter.set(filter, plain);
    this.#bytes += bytes;
  }
}

function bytesOf(filter: string, rows: readonly SeriesRow[]): number {
  let bytes = ROW_BYTES + Buffer.byteLength(filter);
  for (const { targetId, key } of rows)
    bytes += ROW_BYTES + Buffer.byteLength(targetId) + Buffer.byteLength(key);
  return bytes;
}
