// Which targets have more series than they may, and when that is told: at once, then once an hour with all that was left
// out meanwhile. Counting is left to the worker, where it is shown to the hub.
import type { EpochMs, TargetId } from '@guardia/model';
import type { SeriesNotice } from './store.ts';

export type TooManySeries = Extract<SeriesNotice, { readonly type: 'too-many-series' }>;

const QUIET_MS = 3_600_000;

interface Refusal {
  readonly series: number;
  /** Not told yet. */
  readonly samples: number;
  readonly toldAt: EpochMs;
}

export class Refusals {
  readonly #byTarget = new Map<TargetId, Refusal>();

  /** Of the newest frames of a target. */
  seriesOf(targetId: TargetId): number {
    return this.#byTarget.get(targetId)?.series ?? 0;
  }

  /** Takes note of what the worker found. Gives what is to be told now, if anything is. */
  take(notice: TooManySeries, now: EpochMs): TooManySeries | undefined {
    const { targetId, refused } = notice;
    const before = this.#byTarget.get(targetId);
    const samples = notice.samples + (before?.samples ?? 0);
    const sinceMs = now - (before?.toldAt ?? Number.NEGATIVE_INFINITY);
    const isQuiet = refused === 0 || (sinceMs >= 0 && sinceMs < QUIET_MS);
    const toldAt = isQuiet ? (before?.toldAt ?? Number.NEGATIVE_INFINITY) : now;
    this.#byTarget.set(targetId, { series: refused, samples: isQuiet ? samples : 0, toldAt });
    return isQuiet ? undefined : { ...notice, samples };
  }
}
