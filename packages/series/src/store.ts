// The contract of sample storage: what the hub may ask of it, and what each answer promises. Every
// implementation (SQLite file, memory, none) passes the one suite in conformance.ts.
import type { CheckOutcome, EpochMs, Frame, SampleKey, TargetId } from '@guardia/model';

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
  /** Width of a bucket, from which one point is made by `agg`. Absent: the frames as they are. */
  readonly stepMs?: number;
  /** @default 'avg' */
  readonly agg?: 'avg' | 'min' | 'max' | 'sum' | 'count' | 'last';
}

export interface RangeAnswer {
  /** Oldest first. */
  readonly points: readonly FramePoint[];
  readonly tier: 'raw';
  /** Whether older points were left out for `limit`. */
  readonly cut: boolean;
}

export interface CheckQuery {
  readonly targetId: TargetId;
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly limit: number;
}

/** Time-weighted uptime: (up + degraded) / (observed - unknown). Percentages are null where nothing was observed,
 *  and never rounded up to 100. Each outcome counts until the next one, at most `maxGapMs`. Outcomes that are
 *  unknown are in none of these figures. */
export interface Uptime {
  readonly uptimePercentage: number | null;
  readonly coveragePercentage: number;
  readonly totalChecks: number;
  readonly successfulChecks: number;
  readonly avgResponseTimeMs: number | null;
}

export interface UptimeQuery {
  readonly targetId: TargetId;
  readonly since: EpochMs;
  readonly until: EpochMs;
  /** How long one outcome speaks for the service: twice the check's interval. */
  readonly maxGapMs: number;
}

export interface CleanUp {
  readonly at: EpochMs;
  readonly framesDeleted: number;
  readonly checksDeleted: number;
  readonly durationMs: number;
}

export interface SeriesStats {
  readonly backend: 'sqlite' | 'memory' | 'none';
  readonly framesAccepted: number;
  readonly framesWritten: number;
  readonly framesStored: number;
  readonly checksStored: number;
  readonly samplesWritten: number;
  readonly fileBytes: number;
  readonly flushes: number;
  readonly pendingFrames: number;
  readonly lastFlushAt: EpochMs | null;
  readonly lastFlushMs: number | null;
  readonly oldestFrameAt: EpochMs | null;
  readonly lastCleanUp: CleanUp | null;
  /** Why writing is stuck (disk full, locked): null again when the batch got through. */
  readonly lastError: string | null;
}

/** Storage of samples and of check history. Called by the hub's ingest for each poll (hundreds a second) and by the
 *  API. One owner; safe to call concurrently. */
export interface SeriesStore {
  /** Takes a frame into the write batch (100 frames or 5 s). Returns undefined when there was room, else a promise
   *  that resolves once there is: that is the back-pressure. Accepted is not durable: kill -9 may lose what was not
   *  flushed. Frames of one target may come late, twice or out of order; one (target, time) is kept once, the last wins.
   *  Rejects with SeriesUnavailable when storage has failed or is closed.
   *  @throws {RangeError} when `at` is no whole number of milliseconds, or values and keys differ in number */
  append(frame: Frame): Promise<void> | undefined;
  /** As `append`, for the outcome of a check. */
  appendCheck(outcome: CheckOutcome): Promise<void> | undefined;
  /** Resolves when all that was accepted before is in the file; on a full disk it waits for room. */
  flush(): Promise<void>;
  /** Reads include what is accepted but not flushed, except while writing is stuck on a full disk: then they answer
   *  from the file. With `stepMs` each point is at the start of its bucket, a whole multiple of `stepMs` since 1970,
   *  and has the keys of that bucket's frames.
   *  With `names`, frames that have none of them make no point.
   *  @throws {HistoryNotKept} with backend none
   *  @throws {SeriesUnavailable} when storage has failed or is closed, as all reads do */
  range(query: RangeQuery): Promise<RangeAnswer>;
  /** The newest frames of a target, newest first. Backend none has one; more is HistoryNotKept. */
  latest(targetId: TargetId, limit: number): Promise<readonly FramePoint[]>;
  /** Newest first. */
  checks(query: CheckQuery): Promise<readonly CheckOutcome[]>;
  uptime(query: UptimeQuery): Promise<Uptime>;
  /** Deletes frames and checks older than `before`, in slices that never block writes for long. */
  cleanUp(before: EpochMs): Promise<CleanUp>;
  /** What is stored and what was done since the start; doesn't flush, and answers while writing is stuck. */
  stats(): Promise<SeriesStats>;
  /** Why writing is stuck at the moment (disk full, locked); null while it isn't. As `stats().lastError`, at once. */
  readonly writeError: string | null;
  /** Called once when the store fails for good (worker death, I/O error, damage). A full disk is not for good: the
   *  batch stays in memory and is tried again, `append` holds its callers back, `stats().lastError` says why. */
  onFailure(listener: (error: Error) => void): void;
  /** Flushes all that was accepted and closes. Safe twice.
   *  @throws {SeriesUnavailable} when something accepted could not be written; it is closed all the same */
  close(): Promise<void>;
}
