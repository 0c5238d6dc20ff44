// How many messages of a notifier may leave in a minute. Which leave first is delivery-queue.ts's.
import type { Clock } from '@guardia/kernel';

const MINUTE_MS = 60_000;

/** Counts what left in the last minute; asked with the limit each time, since a reload may change it. */
export class RateLimit {
  readonly #clock: Pick<Clock, 'mono'>;
  #leftAt: number[] = [];

  constructor(clock: Pick<Clock, 'mono'>) {
    this.#clock = clock;
  }

  count(): void {
    this.#leftAt = [...this.#recent(), this.#clock.mono()];
  }

  /** How many more may leave now. */
  free(maxPerMinute: number | null): number {
    if (maxPerMinute === null) return Number.POSITIVE_INFINITY;
    return Math.max(0, maxPerMinute - this.#recent().length);
  }

  /** Milliseconds until one more may leave; 0 when one may. */
  waitMs(maxPerMinute: number | null): number {
    if (this.free(maxPerMinute) > 0) return 0;
    const recent = this.#recent();
    return recent[recent.length - maxPerMinute!]! + MINUTE_MS - this.#clock.mono();
  }

  #recent(): readonly number[] {
    const since = this.#clock.mono() - MINUTE_MS;
    this.#leftAt = this.#leftAt.filter((at) => at > since);
    return this.#leftAt;
  }
}
