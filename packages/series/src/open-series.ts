// Opens sample storage of the kind that the configuration names. What the kinds promise is store.ts.
import type { Clock } from '@guardia/kernel';
import { NoSeries } from './no-series.ts';
import { openSqliteSeries } from './sqlite-series.ts';
import type { SeriesStore } from './store.ts';
import type { SeriesLog } from './write-queue.ts';

export interface SeriesOptions {
  /** `memory` is SQLite in memory; `none` keeps only the newest frame of each target. */
  readonly backend: 'sqlite' | 'memory' | 'none';
  /** The file of backend sqlite, in an existing folder; the others don't look at it. */
  readonly path: string;
  readonly clock: Clock;
  readonly log?: SeriesLog;
  /** Frames and check outcomes of one write batch. 1 to 10_000. @default 100 */
  readonly batchFrames?: number;
  /** How long the first of a batch waits at most. Milliseconds, at least 1. @default 5000 */
  readonly batchMs?: number;
  /** From here on `append` holds its caller back. At least `batchFrames`. @default 2000 */
  readonly maxPendingFrames?: number;
}

/** Opens the store; the caller owns it and closes it.
 *  @throws {RangeError} naming the option out of its limits
 *  @throws {DatabaseError} folder missing, file in use, damaged or newer; the message names the file and the next step */
export async function openSeries(options: SeriesOptions): Promise<SeriesStore> {
  const { backend, path, clock, log, batchFrames = 100, batchMs = 5000, maxPendingFrames = 2000 } = options;
  refuseOutside('batchFrames', batchFrames, 1, 10_000);
  refuseOutside('batchMs', batchMs, 1, Number.MAX_SAFE_INTEGER);
  refuseOutside('maxPendingFrames', maxPendingFrames, batchFrames, Number.MAX_SAFE_INTEGER);
  if (backend === 'none') return new NoSeries(clock);
  const file = backend === 'memory' ? ':memory:' : path;
  return openSqliteSeries(backend, { path: file, clock, log, batchFrames, batchMs, maxPendingFrames });
}

function refuseOutside(field: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${field}: ${value}, must be a whole number from ${min} to ${max}`);
}
