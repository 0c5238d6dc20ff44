// How many messages of a notifier may leave now: so many a minute, and none while the far side wants to be left alone. Which
// leave first is delivery-queue.ts's.
import type { Clock } from '@guardia/kernel';

const MINUTE_MS = 60_000;

/** Counts what left in the last minute; asked with the limit each time, since a reload may change it. */
export class RateLimit {
  readonly #clock: Pick<Clock, 'mono'>;
  #leftAt: number[] = [];
  #pausedUntilMono = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'mono'>) {
    this.#clock = clock;
  }

  count(): void {
    this.#leftAt = [...this.#recent(), this.#clock.mono()];
  }

  /** None may leave for so long: what is true of one message is true of all that go to the same far side. */
  pause(ms: number): void {
    this.#pausedUntilMono = Math.max(this.#pausedUntilMono, this.#clock.mono() + ms);
  }

  /** The far side is another one now. */
  resume(): void {
    this.#pausedUntilMono = Number.NEGATIVE_INFINITY;
  }

  /** How many more may leave now. */
  free(maxPerMinute: number | null): number {
    if (this.#pauseMs() > 0) return 0;
    if (maxPerMinute === null) return Number.POSITIVE_INFINITY;
    return Math.max(0, maxPerMinute - this.#recent().length);
  }

  /** Milliseconds until one more may leave; 0 when one may. */
  waitMs(maxPerMinute: number | null): number {
    const recent = this.#recent();
    const isFull = maxPerMinute !== null && recent.length >= maxPerMinute;
    const fullMs = isFull ? recent[recent.length - maxPerMinute]! + MINUTE_MS - this.#clock.mono() : 0;
    return Math.max(fullMs, this.#pauseMs());
  }

  #pauseMs(): number {
    return Math.max(0, this.#pausedUntilMono - this.#clock.mono());
  }

  #recent(): readonly number[] {
    const since = this.#clock.mono() - MINUTE_MS;
    this.#leftAt = this.#leftAt.filter((at) => at > since);
    return this.#leftAt;
  }
}
