// The time that a poll's frame carries: on the grid of its target where the poll keeps to it, so that times lie evenly.
// When to poll is left to the collector.
import type { EpochMs, TargetId } from '@guardia/model';
import { delayToPhaseMs } from '../lib/phase.ts';

/** Part of the interval by which a poll may miss its phase and still carry the phase's time. */
const TOLERANCE = 0.1;

export interface PollBegin {
  readonly id: TargetId;
  readonly intervalMs: number;
  /** When it began, whole milliseconds. */
  readonly wall: EpochMs;
  /** Polls on demand keep to no grid. */
  readonly isOnGrid: boolean;
  /** The time of the poll before. */
  readonly lastAt: EpochMs | null;
}

/** The phase within a tenth of the interval of the beginning, else the beginning; never the time of the poll before. */
export function pollTime({ id, intervalMs, wall, isOnGrid, lastAt }: PollBegin): EpochMs {
  const at = isOnGrid ? nearPhase(id, intervalMs, wall) : wall;
  if (at !== lastAt) return at;
  return wall === lastAt ? wall + 1 : wall;
}

function nearPhase(id: TargetId, intervalMs: number, wall: EpochMs): EpochMs {
  const toNextMs = delayToPhaseMs(id, intervalMs, wall);
  const offMs = toNextMs > intervalMs / 2 ? toNextMs - intervalMs : toNextMs;
  return Math.abs(offMs) <= intervalMs * TOLERANCE ? wall + offMs : wall;
}
