// The contract of sample storage: what the hub may ask of it, and what each answer promises. Every
// implementation (SQLite file, memory, PostgreSQL, none) passes the one suite in conformance.ts.
import type {
  CheckOutcome,
  EpochMs,
  Frame,
  Gap,
  QueryAnswer,
  SampleKey,
  SeriesQuery,
  SeriesSelector,
  TargetId,
  Tier,
  TimeAggregate,
} from '@guardia/model';

/** One stored frame as read back. Samples without a reading are null. */
export interface FramePoint {
  readonly at: EpochMs;
  readonly values: Readonly<Record<SampleKey, number | null>>;
}

/** A range of frames of one target. Times are inclusive. */
export interface RangeQuery {
  readonly targetId: TargetId;
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** At most this many points, the newest. 1 to 100_000. */
  readonly limit: number;
  /** Only these sample keys or metric names (a metric name takes all its labels); all when absent. */
  readonly names?: readonly string[];
  /** Width of a bucket, from which one point is made by `agg`; at least 1000. Absent: the frames as they are. */
  readonly stepMs?: number;
  /** @default 'avg' */
  readonly agg?: TimeAggregate;
}

export interface RangeAnswer {
  /** Oldest first. */
  readonly points: readonly FramePoint[];
  readonly tier: Tier;
  /** The width of the buckets, wider than asked where only a coarser tier still has the range; null without steps. */
  readonly stepMs: number | null;
  /** Whether older points were left out for `limit`. */
  readonly cut: boolean;
  /** Absent when the archive could be read. */
  readonly gaps?: readonly Gap[];
}

export interface CheckQuery {
  readonly targetId: TargetId;
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly limit: number;
}

/** Time-weighted uptime: (up + degraded) / (observed - excluded - unknown). Percentages are null where nothing was
 *  observed, and never rounded up to 100. Each outcome counts until the next one, at most `maxGapMs`. Outcomes that are
 *  unknown are in none of these figures. What several locations found at one time counts once: as the outcome of
 *  `COMBINED_LOCATION`. */
export interface Uptime {
  readonly uptimePercentage: number | null;
  readonly coveragePercentage: number;
  readonly totalChecks: number;
  readonly successfulChecks: number;
  readonly avgResponseTimeMs: number | null;
  /** Time of the window whose state is known. */
  readonly knownMs: number;
  /** That of it which was down. */
  readonly downMs: number;
  /** How often it was down; unknown in between doesn't end an incident. */
  readonly incidents: number;
}

/** From `start` up to `end`, which isn't part of it. */
export interface TimeSpan {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

export interface UptimeQuery {
  readonly targetId: TargetId;
  readonly since: EpochMs;
  /** Not included: a check at this time is of what comes next. */
  readonly until: EpochMs;
  /** How long one outcome speaks for the service: twice the check's interval. */
  readonly maxGapMs: number;
  /** Times that don't count, such as maintenance; they may overlap. @default none */
  readonly excluded?: readonly TimeSpan[];
}

/** Samples of one series of a target as they are stored: for export and archive. */
export interface RawColumn {
  readonly key: SampleKey;
  /** Whole milliseconds, strictly rising. */
  readonly times: Float64Array;
  /** NaN where there was no reading. */
  readonly values: Float64Array;
}

export interface RawQuery {
  readonly targetId: TargetId;
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** Only these; all when absent. */
  readonly keys?: readonly SampleKey[];
}

export interface StoredQuery extends RawQuery {
  /** Nothing more is read once there are so many samples: as many or more may not be all. @default all are read */
  readonly enough?: number;
}

/** Where raw samples are that left the store. Called for each question that reaches behind the newest day that ever left. */
export interface ArchiveReader {
  /** Samples of the range, by key; the arrays are the caller's. What is missing or damaged is left out.
   *  @throws the signal's reason when it was aborted */
  read(query: RawQuery, options?: ArchiveReadOptions): Promise<readonly RawColumn[]>;
}

export interface ArchiveReadOptions {
  /** Told what is missing or damaged, in any order. */
  readonly onGap?: (gap: Gap) => void;
  /** Told how many samples were just read; may abort the signal before more are. */
  readonly onSamples?: (count: number) => void;
  /** Ends the reading between two pieces. */
  readonly signal?: AbortSignal;
  /** Only the newest times of the range that have samples are needed, so many of them. What is older may be left out or
   *  given in part. @default all */
  readonly newest?: number;
}

export interface FoundSeries {
  readonly targetId: TargetId;
  readonly key: SampleKey;
}

/** The newest sample of a series; without a reading the value is null. */
export interface NewestSample extends FoundSeries {
  readonly at: EpochMs;
  readonly value: number | null;
}

/** How much one question may ask for. */
export interface QueryLimits {
  /** Series that a selector may match. @default 1_000 */
  readonly maxSeries?: number;
  /** Series times steps. @default 1_000_000 */
  readonly maxPoints?: number;
}

/** How long each kind is kept, in milliseconds of age; null: for ever. */
export interface RetentionPolicy {
  /** Raw samples, and check history. */
  readonly rawMs: number;
  /** null: the tier isn't kept at all. */
  readonly tiers: Readonly<Record<'1m' | '5m' | '1h', number | null>>;
  /** The first rule whose glob matches the metric name replaces the ages that it names. */
  readonly rules: readonly {
    /** Metric name with `*`: `disk.*`. */
    readonly match: string;
    readonly rawMs?: number;
    readonly tiers?: Readonly<Partial<Record<'1m' | '5m' | '1h', number>>>;
  }[];
}

export interface CleanUp {
  readonly at: EpochMs;
  readonly durationMs: number;
  /** By tier; blocks count as raw. */
  readonly deleted: Readonly<Record<Tier, { readonly points: number; readonly bytes: number }>>;
  readonly checksDeleted: number;
  readonly seriesDeleted: number;
}

/** One kind of stored row. */
export interface TierSize {
  readonly rows: number;
  readonly points: number;
  readonly bytes: number;
}

export interface SeriesStats {
  readonly backend: 'sqlite' | 'memory' | 'postgres' | 'none';
  readonly framesAccepted: number;
  readonly framesWritten: number;
  readonly samplesWritten: number;
  readonly pendingFrames: number;
  /** Frames and samples that are written, but not yet sealed into a block. */
  readonly openFrames: number;
  readonly openSamples: number;
  readonly series: number;
  readonly checksStored: number;
  /** `log` is for recovery and `blocks` hold what is not yet merged into day chunks (`raw`). */
  readonly tiers: Readonly<Record<'log' | 'blocks' | 'raw' | '1m' | '5m' | '1h', TierSize>>;
  /** Of blocks and raw chunks; null when there are none. */
  readonly bytesPerSample: number | null;
  readonly fileBytes: number;
  readonly flushes: number;
  readonly lastFlushAt: EpochMs | null;
  readonly lastFlushMs: number | null;
  /** Age of the oldest accepted frame that is not written; 0 when all are. */
  readonly flushLagMs: number;
  /** Samples refused since the start, because their target has too many series. */
  readonly samplesRefused: number;
  /** Chunks that are known to be damaged, also from before the start, and blocks found damaged since. */
  readonly corruptChunks: number;
  /** Sealed runs, merged target-days since the start. */
  readonly seals: number;
  readonly merges: number;
  /** Decoded chunks that a query found in memory, and those it had to read. */
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly lastCleanUp: CleanUp | null;
  /** What waits on this machine for a database that was out of reach; 0 without a spool. */
  readonly spoolBytes: number;
  /** When the oldest of it came, to a few MiB; null when nothing waits. */
  readonly spoolOldestAt: EpochMs | null;
  /** Why writing is stuck (disk full, locked), or why frames go to the spool and since when: null again when a batch got
   *  through. */
  readonly lastError: string | null;
}

/** What storage noticed by itself and a person should know. */
export type SeriesNotice =
  | {
      readonly type: 'too-many-series';
      readonly targetId: TargetId;
      /** Series that its newest frames have beyond the limit. */
      readonly refused: number;
      /** Samples left out since this was last told. */
      readonly samples: number;
      readonly limit: number;
    }
  | {
      readonly type: 'corrupt-chunk';
      readonly targetId: TargetId;
      /** Null when a whole block is damaged. */
      readonly key: SampleKey | null;
      readonly tier: Tier;
      readonly start: EpochMs;
      readonly end: EpochMs;
      readonly message: string;
    }
  | {
      /** Its samples stay readable where they are, and are merged another time. */
      readonly type: 'merge-failed';
      readonly targetId: TargetId;
      readonly start: EpochMs;
      readonly message: string;
    }
  | {
      readonly type: 'spool-damaged';
      /** The file. */
      readonly path: string;
      readonly message: string;
    };

/** Storage of samples and of check history. Called by the hub's ingest for each poll (hundreds a second) and by the
 *  API. One owner; safe to call concurrently. */
export interface SeriesStore {
  /** Takes a frame into the write batch (100 frames or 5 s). Returns undefined when there was room, else a promise
   *  that resolves once there is: that is the back-pressure. Accepted is not durable: kill -9 may lose what was not
   *  flushed. Frames of one target may come late, twice or out of order; one (series, time) is kept once, the last wins.
   *  Series beyond the limit per target are left out of the frame and reported (`onNotice`); the rest is kept.
   *  Rejects with SeriesUnavailable when storage has failed or is closed.
   *  @throws {RangeError} when `at` is no whole number of milliseconds, or values and keys differ in number */
  append(frame: Frame): Promise<void> | undefined;
  /** As `append`, for the outcome of a check. */
  appendCheck(outcome: CheckOutcome): Promise<void> | undefined;
  /** Resolves when all that was accepted before is in the file; on a full disk it waits for room. With postgres it may be
   *  in the spool instead, from where it is written once the database answers again; reads find it only then. */
  flush(): Promise<void>;
  /** Reads include what is accepted but not flushed, except while writing is stuck on a full disk: then they answer
   *  from the file. With `stepMs` each point is at the start of its bucket, a whole multiple of `stepMs` since 1970,
   *  and has the keys that have a value in that bucket; it is read from the coarsest tier that answers.
   *  With `names`, frames that have none of them make no point. Aborting ends the work between two slices.
   *  @throws {QueryCancelled} when it was
   *  @throws {QueryRefused} more than 10 million archived samples, or steps times series: 100 million
   *  that are looked through, 10 million for an increase
   *  @throws {HistoryNotKept} with backend none
   *  @throws {SeriesUnavailable} when storage has failed or is closed, as all reads do */
  range(query: RangeQuery, options?: { readonly signal?: AbortSignal }): Promise<RangeAnswer>;
  /** The newest frames of a target, newest first. Backend none has one; more is HistoryNotKept. */
  latest(targetId: TargetId, limit: number): Promise<readonly FramePoint[]>;
  /** Newest first. */
  checks(query: CheckQuery): Promise<readonly CheckOutcome[]>;
  uptime(query: UptimeQuery): Promise<Uptime>;
  /** Evaluates a query tree. Steps without a value are NaN. Reads the coarsest tier that answers at the step; the part
   *  that isn't merged yet comes from raw samples. Aborting ends the work between two slices.
   *  @throws {QueryRefused} too many series or points, percentiles where only tiers are left; names count and limit */
  query(query: SeriesQuery, options?: QueryLimits & { signal?: AbortSignal }): Promise<QueryAnswer>;
  /** Series with stored data, by target and key. @throws {QueryRefused} when more than `limit` match */
  find(selector: SeriesSelector, limit: number): Promise<readonly FoundSeries[]>;
  /** The newest sample of each series that matches; answered from memory where a target was polled in this run. */
  newest(selector: SeriesSelector, limit?: number): Promise<readonly NewestSample[]>;
  /** Raw samples of a target's series, by key. For export and archive: at most one day at a time keeps memory small. */
  raw(query: StoredQuery): Promise<readonly RawColumn[]>;
  /** Targets with stored samples. */
  targets(): Promise<readonly TargetId[]>;
  /** No raw sample that is still here is older: up to where they have left for the archive (exclusive), or less where some
   *  came late for days that had left, after a clock that was ahead. Null when none have left. */
  archivedUntil(): Promise<EpochMs | null>;
  /** Notes that raw samples before `until` (a midnight in UTC) are in the archive, then deletes them here. */
  dropArchived(until: EpochMs): Promise<void>;
  /** Deletes what is older than the policy, in slices that never block writes for long. */
  cleanUp(policy: RetentionPolicy): Promise<CleanUp>;
  /** Seals and merges all that is due now, instead of in its turn. For backups, benchmarks and tests. */
  settle(): Promise<void>;
  /** What is stored and what was done since the start; doesn't flush, and answers while writing is stuck: with a database
   *  out of reach what is stored is as of the last time this was asked before. */
  stats(): Promise<SeriesStats>;
  /** Why writing is stuck at the moment (disk full, locked) or goes to the spool; null while it isn't. As `stats().lastError`, at once. */
  readonly writeError: string | null;
  /** How many series the newest frames of a target have beyond the limit, which are left out; 0 when all are kept. */
  refusedSeries(targetId: TargetId): number;
  /** Called for each thing that a person should know; the same one at most once an hour. */
  onNotice(listener: (notice: SeriesNotice) => void): void;
  /** Called once when the store fails for good (worker death, I/O error, damage). A full disk is not for good: the
   *  batch stays in memory and is tried again, `append` holds its callers back, `stats().lastError` says why. */
  onFailure(listener: (error: Error) => void): void;
  /** Flushes all that was accepted and closes. Safe twice.
   *  @throws {SeriesUnavailable} when something accepted could not be written; it is closed all the same */
  close(): Promise<void>;
}
