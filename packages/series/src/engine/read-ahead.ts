// Fetches what a question is about to read, many series in one call, from stores where each call is a round trip. What is
// made of it, and what is read from other stores, is left to reader.ts.
import type { EpochMs } from '@guardia/model';
import type { BlockReader } from '../codec/block.ts';
import type { Expected, TimeRange } from '../query/source.ts';
import type { ChunkCache } from './chunk-cache.ts';
import {
  type BlockRow,
  type ChunkRow,
  type ChunkTier,
  type Day,
  dayOf,
  dayStart,
  type Maybe,
  type SeriesNo,
  type SeriesRow,
  slotOf,
  type TargetNo,
} from './chunk-store.ts';
import type { OpenTarget } from './open-target.ts';
import type { EngineState } from './state.ts';
import { readersOf, unmergedDays } from './unmerged.ts';

/** Series that are fetched together at first: fewer where that would be more days of series than this. */
const FIRST_SERIES = 16;
const FIRST_DAYS = 512;
/** Then so many times as many each time, as long as they are about so large, and never more. */
const GROWTH = 4;
const FETCH_BYTES = 16 * 1024 * 1024;
const MAX_SERIES = 512;

/** Rows as they were at a version of their target. */
interface Fetched<Row> {
  readonly version: number;
  /** Times of blocks, slots of chunks; inclusive. */
  readonly from: number;
  readonly to: number;
  readonly rows: readonly Row[];
}

/** One call for chunks. */
interface Call {
  readonly tier: ChunkTier;
  readonly from: Day;
  readonly to: Day;
  readonly series: SeriesRow[];
}

/** Of one question. What is asked for and wasn't expected, or has changed since, is read from the store by itself. */
export class ReadAhead {
  readonly #state: EngineState;
  readonly #cache: ChunkCache;
  #expected: readonly Expected[] = [];
  #range: TimeRange = { start: 0, end: 0 };
  /** Of those expected: the first that isn't fetched, and how many are next. */
  #next = 0;
  #count = 0;
  #blocks = new Map<TargetNo, Fetched<BlockRow>>();
  #chunks = new Map<string, Fetched<ChunkRow>[]>();
  /** Of one target: its series follow each other. */
  #readers: { readonly of: Fetched<BlockRow>; readonly all: readonly BlockReader[] } | undefined;

  constructor(state: EngineState, cache: ChunkCache) {
    this.#state = state;
    this.#cache = cache;
  }

  /** See SeriesSource. */
  expect(expected: readonly Expected[], range: TimeRange): void {
    if (this.#state.store.blocksOf === undefined) return;
    this.#expected = expected;
    this.#range = range;
    this.#next = 0;
    const days = dayOf(range.end) - dayOf(range.start) + 1;
    this.#count = Math.max(1, Math.min(FIRST_SERIES, Math.floor(FIRST_DAYS / days)));
    this.#blocks.clear();
    this.#chunks.clear();
    this.#readers = undefined;
  }

  /** To be awaited before a series is read: fetches the next ones where it is their first. */
  reach(series: SeriesRow): Promise<void> | undefined {
    return this.#expected[this.#next]?.series === series ? this.#fetch() : undefined;
  }

  /** Blocks of a target that overlap the times; undefined when they have to be read. */
  blocks(target: OpenTarget, start: EpochMs, end: EpochMs): readonly BlockReader[] | undefined {
    const found = this.#blocks.get(target.no);
    if (found === undefined || !holds(found, target.version, start, end)) return undefined;
    if (this.#readers?.of !== found)
      this.#readers = { of: found, all: readersOf(this.#state, target, found.rows) };
    return this.#readers.all.filter(({ times }) => times[0]! <= end && times.at(-1)! >= start);
  }

  /** Chunks of a series, slots from `from` to `to`, fetched or not. Where they were, so were the target's blocks, and
   *  earlier: samples move from blocks to chunks, and are met twice rather than missed. */
  chunks(tier: ChunkTier, series: SeriesRow, from: Day, to: Day): Maybe<readonly ChunkRow[]> {
    const version = this.#versionOf(series);
    const fetched = this.#chunks.get(keyOf(tier, series.no));
    const found = fetched?.find((each) => holds(each, version, from, to));
    if (found === undefined) return this.#state.store.chunks(tier, series.no, from, to);
    return found.rows.filter(({ slot }) => slot >= from && slot <= to);
  }

  #versionOf({ target }: SeriesRow): number {
    return this.#state.targets.get(target)?.version ?? 0;
  }

  async #fetch(): Promise<void> {
    const expected = this.#expected.slice(this.#next, this.#next + this.#count);
    this.#next += expected.length;
    // What is read now is true of these.
    const versions = new Map(expected.map(({ series }) => [series.target, this.#versionOf(series)]));
    const bytes =
      (await this.#fetchBlocks(expected, versions)) + (await this.#fetchChunks(expected, versions));
    const growth = Math.min(GROWTH, FETCH_BYTES / bytes);
    this.#count = Math.max(1, Math.min(MAX_SERIES, Math.floor(expected.length * growth)));
  }

  /** Answers how many bytes it fetched. */
  async #fetchBlocks(expected: readonly Expected[], versions: Versions): Promise<number> {
    const range = this.#timesOf(expected);
    const { start: from, end: to } = range;
    // A target with many series was begun before.
    const held = [...this.#blocks].filter(([target, blocks]) =>
      holds(blocks, versions.get(target), from, to),
    );
    this.#blocks = new Map(held);
    const missing = [...versions].filter(([target]) => !this.#blocks.has(target));
    const wanted = missing.flatMap(([target]) => (this.#hasBlocks(target, range) ? [target] : []));
    const rows = wanted.length === 0 ? [] : await this.#state.store.blocksOf!(wanted, from, to);
    const byTarget = Map.groupBy(rows, (row) => row.target);
    for (const [target, version] of missing)
      this.#blocks.set(target, { version, from, to, rows: byTarget.get(target) ?? [] });
    return sizeOf(rows);
  }

  #hasBlocks(target: TargetNo, { start, end }: TimeRange): boolean {
    const [first, last] = [dayOf(start), dayOf(end)];
    const days = this.#state.blockDays.get(target)?.keys() ?? [];
    return [...days].some((day) => day >= first && day <= last);
  }

  /** Days that aren't in the tiers are read whole. */
  #timesOf(expected: readonly Expected[]): TimeRange {
    const { start, end } = this.#range;
    if (expected.every(({ tier }) => tier === 'raw')) return { start, end };
    return { start: dayStart(dayOf(start)), end: dayStart(dayOf(end) + 1) - 1 };
  }

  /** Answers how many bytes it fetched. */
  async #fetchChunks(expected: readonly Expected[], versions: Versions): Promise<number> {
    this.#chunks.clear();
    let bytes = 0;
    for (const { tier, from, to, series } of this.#callsFor(expected, versions)) {
      const numbers = series.map(({ no }) => no);
      const rows = await this.#state.store.chunksOf!(tier, numbers, from, to);
      const bySeries = Map.groupBy(rows, (row) => row.series);
      for (const { no, target } of series) {
        const fetched = { version: versions.get(target)!, from, to, rows: bySeries.get(no) ?? [] };
        const others = this.#chunks.get(keyOf(tier, no)) ?? [];
        this.#chunks.set(keyOf(tier, no), [...others, fetched]);
      }
      bytes += sizeOf(rows);
    }
    return bytes;
  }

  /** Raw samples of the range, or tiers and raw samples of the days that tiers don't hold. */
  #callsFor(expected: readonly Expected[], versions: Versions): Iterable<Call> {
    const [first, last] = [dayOf(this.#range.start), dayOf(this.#range.end)];
    const calls = new Map<string, Call>();
    const add = (tier: ChunkTier, series: SeriesRow, from: Day, to: Day) => {
      const name = `${tier}/${from}/${to}`;
      const call = calls.get(name);
      if (call === undefined) calls.set(name, { tier, from, to, series: [series] });
      else call.series.push(series);
    };
    const addRaw = (series: SeriesRow, from: Day, to: Day) => {
      const version = versions.get(series.target)!;
      const isCached = from === to && this.#cache.get(series.no, from, version) !== undefined;
      if (!isCached) add('raw', series, from, to);
    };
    for (const { series, tier } of expected) {
      if (tier === 'raw') addRaw(series, first, last);
      else {
        for (const day of unmergedDays(this.#state, series, this.#range)) addRaw(series, day, day);
        add(tier, series, slotOf(tier, first), slotOf(tier, last));
      }
    }
    return calls.values();
  }
}

type Versions = ReadonlyMap<TargetNo, number>;

const keyOf = (tier: ChunkTier, series: SeriesNo) => `${tier}/${series}`;

function holds(fetched: Fetched<unknown>, version: number | undefined, from: number, to: number): boolean {
  return fetched.version === version && fetched.from <= from && to <= fetched.to;
}

function sizeOf(rows: readonly { readonly data: Uint8Array }[]): number {
  return rows.reduce((bytes, { data }) => bytes + data.byteLength, 0);
}
