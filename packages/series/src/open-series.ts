// Opens sample storage of the kind that the configuration names. What the kinds promise is store.ts.
import type { Clock } from '@guardia/kernel';
import { NoSeries } from './no-series.ts';
import type { ArchiveReader, RetentionPolicy, SeriesStore } from './store.ts';
import type { StoreLocation } from './worker/operations.ts';
import { openWorkerSeries } from './worker-series.ts';
import type { SeriesLog } from './write-queue.ts';

/** `memory` is SQLite in memory; `none` keeps only the newest frame of each target. */
type SeriesLocation =
  | { readonly backend: 'sqlite'; readonly path: string }
  | {
      readonly backend: 'postgres';
      readonly url: string;
      /** Folder where batches wait while the database is out of reach; made, for this user alone, where it is missing. */
      readonly spoolPath: string;
      /** What it may take. When it is full, `append` holds its callers back. Bytes, at least 65_536. @default 1 GiB */
      readonly spoolMaxBytes?: number;
    }
  | { readonly backend: 'memory' | 'none'; readonly path?: string };

export type SeriesOptions = SeriesLocation & SeriesSettings;

export interface SeriesSettings {
  readonly clock: Clock;
  readonly log?: SeriesLog;
  /** @default raw 30 days, 5m 180 days, 1h 5 years, 1m not kept, no rules */
  readonly policy?: RetentionPolicy;
  /** Where raw samples are that left the store. */
  readonly archive?: ArchiveReader | undefined;
  /** Series that one target may have. At least 1. @default 20_000 */
  readonly maxSeriesPerTarget?: number;
  /** Frames and check outcomes of one write batch. 1 to 10_000. @default 100 */
  readonly batchFrames?: number;
  /** How long the first of a batch waits at most. Milliseconds, at least 1. @default 5000 */
  readonly batchMs?: number;
  /** From here on `append` holds its caller back. At least `batchFrames`. @default 2000 */
  readonly maxPendingFrames?: number;
}

const DAY_MS = 86_400_000;
const SPOOL_MAX_BYTES = 1024 ** 3;

export const DEFAULT_POLICY: RetentionPolicy = {
  rawMs: 30 * DAY_MS,
  tiers: { '1m': null, '5m': 180 * DAY_MS, '1h': 5 * 365 * DAY_MS },
  rules: [],
};

/** Opens the store; the caller owns it and closes it.
 *  @throws {RangeError} naming the option out of its limits
 *  @throws {DatabaseError} folder missing, file in use, damaged or newer, server out of reach; the message names the
 *  place and the next step */
export async function openSeries(options: SeriesOptions): Promise<SeriesStore> {
  const { batchFrames = 100, batchMs = 5000, maxPendingFrames = 2000 } = options;
  const { policy = DEFAULT_POLICY, maxSeriesPerTarget = 20_000, clock, log, archive } = options;
  refuseOutside('batchFrames', batchFrames, 1, 10_000);
  refuseOutside('batchMs', batchMs, 1, Number.MAX_SAFE_INTEGER);
  refuseOutside('maxPendingFrames', maxPendingFrames, batchFrames, Number.MAX_SAFE_INTEGER);
  refuseOutside('maxSeriesPerTarget', maxSeriesPerTarget, 1, Number.MAX_SAFE_INTEGER);
  if (options.backend === 'none') return new NoSeries(clock);
  return openWorkerSeries({
    location: locationOf(options),
    policy,
    archive,
    maxSeriesPerTarget,
    clock,
    log,
    batchFrames,
    batchMs,
    maxPendingFrames,
  });
}

function locationOf(location: Exclude<SeriesOptions, { backend: 'none' }>): StoreLocation {
  switch (location.backend) {
    case 'sqlite':
      return { backend: 'sqlite', path: location.path };
    case 'postgres': {
      const { backend, url, spoolPath, spoolMaxBytes = SPOOL_MAX_BYTES } = location;
      refuseOutside('spoolMaxBytes', spoolMaxBytes, 65_536, Number.MAX_SAFE_INTEGER);
      return { backend, url, spoolPath, spoolMaxBytes };
    }
    default:
      return { backend: 'memory', path: ':memory:' };
  }
}

function refuseOutside(field: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${field}: ${value}, must be a whole number from ${min} to ${max}`);
}
