// Maintenance windows: when each is open, by its cron expression in its own time zone, daylight saving included. Which
// alerts they hold is left to matching.ts and holds.ts.
import type { EpochMs, MaintenanceConfig } from '@guardia/model';
import { Cron } from 'croner';

/** From `start` to before `end`. */
export interface Interval {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

/** Between two looks more time may not pass: the hub was held up or the wall clock jumped. */
const MAX_BETWEEN_LOOKS_MS = 3_600_000;

/** Whether too much time passed since the look before, forward or back: a look then looks only from now on, as if the hub had
 *  been off. One that finds the clock a little back waits until it has passed that look: else everything would be told
 *  twice. */
export function hasJumped(triedAt: EpochMs, now: EpochMs): boolean {
  return Math.abs(now - triedAt) > MAX_BETWEEN_LOOKS_MS;
}

/** One maintenance. It begins when the zone's clock shows what the cron expression says and lasts its duration in real
 *  time. In the night that skips that time it begins with the first moment after the gap; in the night that has it twice,
 *  the first time only, unless the expression means every hour. */
export class MaintenanceWindow {
  readonly #cron: Cron;
  readonly #durationMs: number;
  /** The window that ends first after `from`, and the time for which that was found. */
  #known: { readonly from: EpochMs; readonly window: Interval | null } | null = null;

  constructor({ cron, timezone, durationMs }: Pick<MaintenanceConfig, 'cron' | 'timezone' | 'durationMs'>) {
    this.#cron = new Cron(cron, { timezone, paused: true });
    this.#durationMs = durationMs;
  }

  isOpen(at: EpochMs): boolean {
    const window = this.#next(at);
    return window !== null && window.start <= at;
  }

  /** The times within a range, in order, each looked up when it is asked for; windows that overlap come as they are. */
  *within(range: Interval): Generator<Interval, void> {
    for (const { start, end } of this.touching(range))
      yield { start: Math.max(range.start, start), end: Math.min(range.end, end) };
  }

  /** As `within`, with the times that they have outside the range. */
  *touching({ start, end }: Interval): Generator<Interval, void> {
    for (let window = this.#next(start); window !== null && window.start < end; ) {
      yield window;
      window = this.#find(window.start + this.#durationMs);
    }
  }

  /** The window that is open, or else the next one; null when none comes any more. */
  #next(at: EpochMs): Interval | null {
    const known = this.#known;
    const isValid = known !== null && known.from <= at && (known.window === null || at < known.window.end);
    if (isValid) return known.window;
    const window = this.#find(at);
    this.#known = { from: at, window };
    return window;
  }

  /** The first window that ends after this time. */
  #find(at: EpochMs): Interval | null {
    const start = this.#cron.nextRun(new Date(at - this.#durationMs))?.getTime();
    return start === undefined ? null : { start, end: start + this.#durationMs };
  }
}
