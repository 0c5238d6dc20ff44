// What the series worker can be asked, typed for both sides. Frames cross as one buffer of numbers, so that a batch
// costs the main thread one copy and no objects.
import type { Fault } from '@guardia/db/worker';
import type {
  CheckOutcome,
  EpochMs,
  QueryAnswer,
  SeriesQuery,
  SeriesSelector,
  TargetId,
  Tier,
} from '@guardia/model';
import type { TierStats } from '../engine/chunk-store.ts';
import type {
  CheckQuery,
  CleanUp,
  FoundSeries,
  NewestSample,
  QueryLimits,
  RangeQuery,
  RawColumn,
  RetentionPolicy,
  SeriesNotice,
  StoredQuery,
  Uptime,
  UptimeQuery,
} from '../store.ts';
import type { Refusal } from './refusal.ts';

/** A batch of frames and check outcomes. `cells` holds for each frame: target ref, at, layout ref, values. Refs are
 *  numbers that the main thread gave out in this process; each is explained in the batch that first uses it. */
export interface PackedBatch {
  readonly cells: Float64Array<ArrayBuffer>;
  /** How many of the cells are in use. */
  readonly length: number;
  /** Whether all refs from batches before are forgotten: this one explains again what it uses. */
  readonly forget: boolean;
  readonly newTargets: readonly { readonly ref: number; readonly id: TargetId }[];
  readonly newLayouts: readonly {
    readonly ref: number;
    readonly sha256: string;
    readonly keys: readonly string[];
  }[];
  readonly checks: readonly CheckOutcome[];
}

/** Header cells of a packed frame: target, at, layout. */
export const FRAME_HEADER = 3;

/** The buffer comes back, for the next batch or, after a fault that may pass, for the next try. */
export interface WriteAnswer {
  readonly cells: Float64Array<ArrayBuffer>;
  readonly fault?: Fault;
  /** The batch is in the spool, because the database doesn't take it. */
  readonly outage?: Outage;
  /** What a person should know. */
  readonly notices: readonly SeriesNotice[];
}

/** Since when the database doesn't take what is written, and why it didn't the last time. */
export interface Outage {
  readonly since: EpochMs;
  readonly fault: Fault;
}

/** Points, newest first. `cells` holds for each: at, index in `layouts`, values. A layout holds indexes in `keys`. */
export interface PackedPoints {
  readonly keys: readonly string[];
  readonly layouts: readonly (readonly number[])[];
  readonly cells: Float64Array<ArrayBuffer>;
  readonly length: number;
  readonly cut: boolean;
  readonly tier: Tier;
  /** Null without steps. */
  readonly stepMs: number | null;
}

/** Header cells of a packed point: at, layout. */
export const POINT_HEADER = 2;

/** Where the worker keeps what it is given. */
export type StoreLocation =
  | { readonly backend: 'sqlite' | 'memory'; readonly path: string }
  | {
      readonly backend: 'postgres';
      readonly url: string;
      /** Folder of the spool. */
      readonly spoolPath: string;
      readonly spoolMaxBytes: number;
    };

/** Columns of an export, values and times handed over. */
interface PackedQueryAnswer extends Omit<QueryAnswer, 'rows'> {
  readonly labels: readonly Readonly<Record<string, string>>[];
  /** Row after row. */
  readonly cells: Float64Array<ArrayBuffer>;
}

/** Raw samples of the archive that a question needs beside what is stored here. */
export interface ArchiveNeed {
  readonly targetId: TargetId;
  readonly keys: readonly string[];
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** Only the newest times, so many of them; all when absent. */
  readonly newest?: number;
}

/** What a question needs of the archive before it can be answered. */
export interface ArchiveNeeds {
  readonly needs: readonly ArchiveNeed[];
}

export interface SuppliedColumns {
  readonly targetId: TargetId;
  readonly columns: readonly RawColumn[];
}

/** Each question has a number, by which it can be cancelled. */
export interface Question {
  readonly id: number;
  readonly now: EpochMs;
}

export type SeriesOperations = {
  open: {
    ask: { location: StoreLocation; policy: RetentionPolicy; maxSeriesPerTarget: number; now: EpochMs };
    answer: undefined;
  };
  write: { ask: { batch: PackedBatch; now: EpochMs }; answer: WriteAnswer };
  range: {
    ask: Question & { query: RangeQuery; supplied: readonly SuppliedColumns[] };
    answer: PackedPoints | ArchiveNeeds | Refusal;
  };
  query: {
    ask: Question & {
      query: SeriesQuery;
      limits: Required<QueryLimits>;
      supplied: readonly SuppliedColumns[];
    };
    answer: PackedQueryAnswer | ArchiveNeeds | Refusal;
  };
  cancel: { ask: { id: number }; answer: undefined };
  find: { ask: { selector: SeriesSelector; limit: number }; answer: readonly FoundSeries[] | Refusal };
  newest: {
    ask: Question & { selector: SeriesSelector; limit: number };
    answer: readonly NewestSample[] | Refusal;
  };
  /** With what was noticed so far: an export writes nothing, with whose answer it would come. */
  raw: {
    ask: { query: StoredQuery; now: EpochMs };
    answer: { readonly columns: readonly RawColumn[]; readonly notices: readonly SeriesNotice[] };
  };
  targets: { ask: undefined; answer: readonly TargetId[] };
  archivedUntil: { ask: undefined; answer: EpochMs | null };
  dropArchived: { ask: { until: EpochMs }; answer: undefined };
  maintain: { ask: { now: EpochMs; policy: RetentionPolicy }; answer: readonly SeriesNotice[] };
  settle: { ask: { now: EpochMs }; answer: undefined };
  checks: { ask: CheckQuery; answer: readonly CheckOutcome[] };
  uptime: { ask: UptimeQuery; answer: Uptime };
  cleanUp: {
    ask: { policy: RetentionPolicy; now: EpochMs };
    answer: Omit<CleanUp, 'at' | 'durationMs'>;
  };
  stats: { ask: undefined; answer: WorkerStats };
  close: { ask: undefined; answer: undefined };
};

/** The part of the statistics that the worker knows. */
export interface WorkerStats {
  readonly tiers: readonly TierStats[];
  readonly checks: number;
  readonly series: number;
  readonly fileBytes: number;
  readonly openFrames: number;
  readonly openSamples: number;
  readonly seals: number;
  readonly merges: number;
  readonly samplesRefused: number;
  readonly corruptChunks: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly spoolBytes: number;
  readonly spoolOldestAt: EpochMs | null;
}
