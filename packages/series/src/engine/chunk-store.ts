// The durable half of series storage: rows in, rows out, whole or not at all. SQLite and PostgreSQL each implement it
// once; what is sealed, merged, deleted and when is left to the engine.
import type { CheckOutcome, EpochMs, LabelMatcher, TargetId } from '@guardia/model';
import type { TierPoints } from '../codec/samples.ts';
import type { CheckQuery, Uptime, UptimeQuery } from '../store.ts';

/** What SQLite answers at once and PostgreSQL later. */
export type Maybe<T> = T | Promise<T>;

/** Tiers that are stored, beside raw. */
export type TierName = '1m' | '5m' | '1h';
/** Where chunks lie: raw samples by the day, tiers by their own slots (see {@link SLOT_DAYS}). */
export type ChunkTier = 'raw' | TierName;

/** Days since 2020-01-01T00:00:00Z, rounded down; negative before. */
export type Day = number;

/** Days that one chunk holds. Its slot is the number of its first day, a whole multiple. */
export const SLOT_DAYS: Readonly<Record<ChunkTier, number>> = { raw: 1, '1m': 1, '5m': 1, '1h': 16 };
export const RESOLUTION_MS: Readonly<Record<TierName, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '1h': 3_600_000,
};
export const DAY_MS = 86_400_000;
/** 2020-01-01T00:00:00Z. */
const DAY_ZERO_MS = 1_577_836_800_000;

export const dayOf = (at: EpochMs): Day => Math.floor((at - DAY_ZERO_MS) / DAY_MS);
export const dayStart = (day: Day): EpochMs => DAY_ZERO_MS + day * DAY_MS;
export const slotOf = (tier: ChunkTier, day: Day): Day => Math.floor(day / SLOT_DAYS[tier]) * SLOT_DAYS[tier];

/** Number of a series in this database, from 1. */
export type SeriesNo = number;
/** Number of a target in this database, from 1. */
export type TargetNo = number;

export interface TargetRow {
  readonly no: TargetNo;
  readonly id: TargetId;
  /** The newest log row all of whose frames of this target are in blocks; 0 when none. */
  readonly sealedRow: number;
}

/** A stored series as found by a selector. */
export interface SeriesRow {
  readonly no: SeriesNo;
  readonly target: TargetNo;
  readonly targetId: TargetId;
  /** Metric name with its labels. */
  readonly key: string;
}

/** How series of one target are numbered. */
export interface Numbering {
  /** Living series that the target may have. */
  readonly limit: number;
  /** The day of now: the series asked for are used until then at least. */
  readonly day: Day;
  /** A series lives when its newest day is this one or later. */
  readonly since: Day;
}

/** A frame as version 0.1 stored it. */
export interface OldFrame {
  readonly id: number;
  readonly target: TargetNo;
  readonly at: EpochMs;
  readonly layout: number;
  readonly values: Float64Array;
}

/** One row of the log: a batch of frames as cells `target no, at, layout no, values…` (FRAME_HEADER of operations.ts). */
export interface LogRow {
  readonly row: number;
  readonly cells: Float64Array;
}

/** A sealed run of frames of one target, all of one day. `data` is codec/block.ts. */
export interface NewBlock {
  readonly target: TargetNo;
  readonly day: Day;
  readonly minT: EpochMs;
  readonly maxT: EpochMs;
  readonly samples: number;
  readonly data: Uint8Array;
}

export interface BlockRow extends NewBlock {
  /** Rises in the order of sealing. */
  readonly no: number;
}

export interface ChunkRow {
  readonly series: SeriesNo;
  /** First day of the chunk. */
  readonly slot: Day;
  readonly data: Uint8Array;
}

/** Where a chunk lies. */
export type ChunkPlace = Pick<NewChunk, 'tier' | 'series' | 'slot'>;

export interface NewChunk extends ChunkRow {
  readonly tier: ChunkTier;
  /** Samples of a raw chunk, points of a tier's. */
  readonly count: number;
}

/** Points of one day of one series, for stores that also keep readable rows. */
export interface Rollup {
  readonly series: SeriesNo;
  readonly tier: '5m' | '1h';
  readonly points: TierPoints;
}

/** One target-day brought from blocks into chunks. */
export interface Merge {
  readonly target: TargetNo;
  readonly day: Day;
  /** Put in place of what is there. */
  readonly chunks: readonly NewChunk[];
  /** Deleted where they are there: nothing is left to put in their place. */
  readonly emptied?: readonly ChunkPlace[];
  /** Deleted with it. */
  readonly blocks: readonly number[];
  readonly rollups?: readonly Rollup[];
}

/** Which stored series; `targets` are ids. */
export interface SeriesFilter {
  readonly metric?: string;
  readonly matchers?: readonly LabelMatcher[];
  readonly targets?: readonly TargetId[];
}

export interface TierStats {
  readonly tier: ChunkTier | 'log' | 'blocks';
  /** Chunks, log rows, blocks. */
  readonly rows: number;
  /** Samples or points; of chunks and blocks. */
  readonly points: number;
  /** Of the rows' data, without the database's own overhead. */
  readonly bytes: number;
}

/** Deletes of one slice. */
export interface Deleted {
  readonly rows: number;
  readonly points: number;
  readonly bytes: number;
}

/** Called by the engine alone, from one thread; calls may overlap where they answer promises. Each call is one
 *  transaction. Faults that may pass (full disk, busy, connection lost) and those for good are told apart by
 *  `faultOf`, as in the db package. */
export interface ChunkStore {
  /** All targets, the target-days that have blocks, and the first slot that has a chunk. */
  load(): Maybe<{
    targets: readonly TargetRow[];
    blockDays: readonly { target: TargetNo; day: Day; blocks: number }[];
    firstSlot: Day | null;
  }>;

  /** Number of a target; made when it is new. */
  target(id: TargetId): Maybe<TargetNo>;
  /** Number of a layout; made when it is new. `sha256` is of the JSON of its keys. */
  layout(sha256: string, keys: readonly string[]): Maybe<number>;
  layoutKeys(layout: number): Maybe<readonly string[] | undefined>;
  /** Numbers of a target's series in the order of `keys`. One that exists keeps its number, whatever the limit, and lives
   *  from then on; new ones are made, except where the target has `limit` living series already: those answer 0. */
  series(target: TargetNo, keys: readonly string[], numbering: Numbering): Maybe<Float64Array>;
  /** Series of stored data, by target and key. At most `limit`. Label matchers are the caller's to apply. */
  findSeries(filter: SeriesFilter, limit: number): Maybe<readonly SeriesRow[]>;

  /** Appends a batch: one log row (unless `cells` is empty) and check outcomes (one per target, time and location, the
   *  last wins). Answers the log row's number; 0 without cells. */
  append(cells: Float64Array, checks: readonly CheckOutcome[]): Maybe<number>;
  /** The log behind `after`, oldest first, at most `limit` rows. */
  log(after: number, limit: number): Maybe<readonly LogRow[]>;
  /** Removes log rows up to and including `row`, and layouts that are neither in `keep` nor newer than all of them. */
  trimLog(row: number, keepLayouts: ReadonlySet<number>): Maybe<void>;

  /** Adds blocks and moves the targets' `sealedRow` to `row`. */
  seal(blocks: readonly NewBlock[], targets: readonly TargetNo[], row: number): Maybe<void>;
  /** Blocks of one target whose days and times overlap, in the order of sealing. */
  blocks(target: TargetNo, start: EpochMs, end: EpochMs): Maybe<readonly BlockRow[]>;
  /** Chunks of one series, slots from `fromSlot` to `toSlot` inclusive, in order. */
  chunks(tier: ChunkTier, series: SeriesNo, fromSlot: Day, toSlot: Day): Maybe<readonly ChunkRow[]>;
  /** Blocks and chunks of several targets and series in one call, each one's in the order of `blocks` and `chunks`. Only
   *  where calls cost more than what they answer: both or none. */
  blocksOf?(targets: readonly TargetNo[], start: EpochMs, end: EpochMs): Maybe<readonly BlockRow[]>;
  chunksOf?(
    tier: ChunkTier,
    series: readonly SeriesNo[],
    fromSlot: Day,
    toSlot: Day,
  ): Maybe<readonly ChunkRow[]>;
  /** Chunks of several series in one slot, by series; without those that have none. */
  chunksAt(tier: ChunkTier, slot: Day, series: readonly SeriesNo[]): Maybe<ReadonlyMap<SeriesNo, Uint8Array>>;
  merge(merge: Merge): Maybe<void>;

  /** Deletes chunks of a tier whose slot is below `slot` and whose series `keep` doesn't hold, at most `limit` rows a
   *  call, starting after `cursor`; `cursor` of the answer is null when nothing is left. */
  deleteChunks(options: {
    tier: ChunkTier;
    fromSlot: Day;
    slot: Day;
    keep: (series: SeriesNo) => boolean;
    limit: number;
    cursor: number | null;
  }): Maybe<Deleted & { cursor: number | null }>;
  /** Deletes blocks of days below `day`, at most `limit`; zero rows when none is left. */
  deleteBlocks(day: Day, limit: number): Maybe<Deleted>;
  deleteChecks(before: EpochMs, limit: number): Maybe<number>;
  /** Deletes series whose newest day with data is below `day`, except those in `open`; one slice of `limit` after
   *  `cursor`. The newest day is moved by `series` and by `merge`, never back. */
  deleteSeries(options: {
    day: Day;
    open: ReadonlySet<SeriesNo>;
    limit: number;
    cursor: number | null;
  }): Maybe<{ deleted: number; cursor: number | null }>;
  /** Gives free pages back, in one slice; false when there is no more to do. */
  giveBack(): Maybe<boolean>;
  /** What clean-up has done so far, by a name of its own choosing; survives restarts. */
  mark(name: string): Maybe<number | null>;
  /** Null takes it away. */
  setMark(name: string, value: number | null): Maybe<void>;
  /** Names of all marks that begin with `prefix`, which is letters, digits and '/'. */
  marks(prefix: string): Maybe<readonly string[]>;

  checks(query: CheckQuery): Maybe<readonly CheckOutcome[]>;
  uptime(query: UptimeQuery): Maybe<Uptime>;
  stats(): Maybe<{ tiers: readonly TierStats[]; checks: number; series: number; fileBytes: number }>;
  /** Frames as an earlier version stored them, to be taken in anew; only where there was one. */
  oldFrames?(afterId: number, limit: number): Maybe<readonly OldFrame[]>;
  dropOldFrames?(throughId: number): Maybe<void>;
  close(): Maybe<void>;
}
