// Keeps the series of a metric that filters found, as rules over a fleet ask for them again and again. Finding them, and
// saying which metrics have others, is left to names.ts.
import type { SeriesFilter, SeriesRow } from '../engine/chunk-store.ts';
import { storedText } from '../engine/stored-text.ts';

type Finder = (filter: SeriesFilter, limit: number) => readonly SeriesRow[];

/** What is forgotten together. */
interface Group {
  readonly byFilter: Map<string, readonly SeriesRow[]>;
  bytes: number;
}

/** Memory of what is kept, about: a hundred metrics of a thousand targets take two thirds of it. It is a quarter of the
 *  heap that the thread may have, whatever is asked for and however long its texts are. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Of one row without the characters of its texts; of a filter about as many. */
const ROW_BYTES = 120;
/** Of a group without what it holds. */
const GROUP_BYTES = 280;
/** Each of these is looked at for each new series: that takes about as long as writing one. */
const MOST_BEGINNINGS = 1_000;

/** Answers as the finder does, until it is said that a metric has others. */
export class KnownSeries {
  readonly #find: Finder;
  /** Of one metric each, by its name. */
  readonly #names = new Map<string, Group>();
  /** Of metrics by pattern, by what comes before the first `*`. */
  readonly #beginnings = new Map<string, Group>();
  #bytes = 0;

  constructor(find: Finder) {
    this.#find = find;
  }

  find(filter: SeriesFilter, limit: number): readonly SeriesRow[] {
    const { metric, targets } = filter;
    if (metric === undefined) return this.#find(filter, limit);
    const groups = metric.includes('*') ? this.#beginnings : this.#names;
    const name = storedText(metric.split('*', 1)[0]!);
    const key = JSON.stringify([metric, targets]);
    const known = groups.get(name)?.byFilter.get(key);
    if (known !== undefined) return known.length <= limit ? known : known.slice(0, limit);
    const rows = this.#find(filter, limit);
    if (rows.length < limit) this.#keep(groups, name, { key, rows });
    return rows;
  }

  /** Forgets what a series of this metric, made or deleted, may change.
   *  @param metric as it is stored */
  forget(metric: string): void {
    this.#drop(this.#names, metric);
    for (const beginning of this.#beginnings.keys())
      if (metric.startsWith(beginning)) this.#drop(this.#beginnings, beginning);
  }

  #drop(groups: Map<string, Group>, name: string): void {
    this.#bytes -= groups.get(name)?.bytes ?? 0;
    groups.delete(name);
  }

  #forgetAll(): void {
    this.#names.clear();
    this.#beginnings.clear();
    this.#bytes = 0;
  }

  #keep(
    groups: Map<string, Group>,
    name: string,
    { key, rows }: { readonly key: string; readonly rows: readonly SeriesRow[] },
  ): void {
    let bytes = bytesOf(key, rows);
    const groupBytes = GROUP_BYTES + Buffer.byteLength(name);
    // What doesn't fit at all must not push out the others.
    if (groupBytes + bytes > MAX_BYTES) return;
    if (this.#bytes + groupBytes + bytes > MAX_BYTES || this.#beginnings.size > MOST_BEGINNINGS)
      this.#forgetAll();
    let group = groups.get(name);
    if (group === undefined) {
      group = { byFilter: new Map(), bytes: 0 };
      groups.set(name, group);
      bytes += groupBytes;
    }
    // SQLite's own rows take more than twice the memory.
    const plain = rows.map(({ no, target, targetId, key }) => ({ no, target, targetId, key }));
    group.byFilter.set(key, plain);
    group.bytes += bytes;
    this.#bytes += bytes;
  }
}

function bytesOf(filter: string, rows: readonly SeriesRow[]): number {
  let bytes = ROW_BYTES + Buffer.byteLength(filter);
  for (const { targetId, key } of rows)
    bytes += ROW_BYTES + Buffer.byteLength(targetId) + Buffer.byteLength(key);
  return bytes;
}
