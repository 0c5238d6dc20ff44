// Time-weighted uptime from check outcomes: a pure sum. Reading the outcomes is left to history.ts.
import type { CheckOutcome } from '@guardia/model';
import type { Uptime, UptimeQuery } from '../store.ts';

type Outcome = Pick<CheckOutcome, 'at' | 'location' | 'status' | 'responseTimeMs'>;

/** Takes outcomes ordered by location, then time. Each speaks for its location until that location's next one, at
 *  most `maxGapMs`, and only within the window.
 *
 *  uptime = (up + degraded) / (up + degraded + down); coverage = (up + degraded + down) / (window * locations).
 *  Times of unknown are in neither: the monitor can't say. */
export class UptimeSum {
  readonly #query: Pick<UptimeQuery, 'since' | 'until' | 'maxGapMs'>;
  #open: Outcome | undefined;
  #locations = 0;
  #goodMs = 0;
  #knownMs = 0;
  #checks = 0;
  #successes = 0;
  #responses = 0;
  #responseMs = 0;

  constructor(query: Pick<UptimeQuery, 'since' | 'until' | 'maxGapMs'>) {
    this.#query = query;
  }

  add(outcome: Outcome): void {
    const sameLocation = this.#open?.location === outcome.location;
    this.#closeOpen(sameLocation ? outcome.at : Number.POSITIVE_INFINITY);
    if (!sameLocation) this.#locations++;
    this.#open = outcome;
    if (outcome.at >= this.#query.since) this.#countOutcome(outcome);
  }

  result(): Uptime {
    this.#closeOpen(Number.POSITIVE_INFINITY);
    const windowMs = (this.#query.until - this.#query.since) * this.#locations;
    return {
      uptimePercentage: this.#knownMs === 0 ? null : percentage(this.#goodMs, this.#knownMs),
      coveragePercentage: windowMs > 0 ? percentage(this.#knownMs, windowMs) : 0,
      totalChecks: this.#checks,
      successfulChecks: this.#successes,
      avgResponseTimeMs: this.#responses === 0 ? null : this.#responseMs / this.#responses,
    };
  }

  #countOutcome({ status, responseTimeMs }: Outcome): void {
    if (status === 'unknown') return;
    this.#checks++;
    if (status !== 'down') this.#successes++;
    if (responseTimeMs === null) return;
    this.#responses++;
    this.#responseMs += responseTimeMs;
  }

  #closeOpen(nextAt: number): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || open.status === 'unknown') return;
    const from = Math.max(open.at, this.#query.since);
    const until = Math.min(nextAt, open.at + this.#query.maxGapMs, this.#query.until);
    const ms = Math.max(0, until - from);
    this.#knownMs += ms;
    if (open.status !== 'down') this.#goodMs += ms;
  }
}

/** Rounded down to four decimals, so that 100 means that nothing was missed. */
function percentage(part: number, whole: number): number {
  return Math.floor((part * 1e6) / whole) / 1e4;
}
