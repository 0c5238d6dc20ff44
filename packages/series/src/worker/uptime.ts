// Time-weighted uptime from check outcomes: a pure sum. Reading the outcomes is left to the tables.
import { COMBINED_LOCATION, type CheckOutcome, type EpochMs } from '@guardia/model';
import type { TimeSpan, Uptime, UptimeQuery } from '../store.ts';

type Outcome = Pick<CheckOutcome, 'at' | 'location' | 'status' | 'responseTimeMs'>;
type Query = Pick<UptimeQuery, 'since' | 'until' | 'maxGapMs' | 'excluded'>;

/** Takes outcomes ordered by time. What several locations found at one time counts once, as what they amount to. Each
 *  speaks until the next one, at most `maxGapMs`, and only within the window and outside of what is excluded.
 *
 *  uptime = (up + degraded) / (up + degraded + down); coverage = (up + degraded + down) / (window - excluded).
 *  Times of unknown are in neither: the monitor can't say. */
export class UptimeSum {
  readonly #query: Query;
  readonly #excluded: readonly TimeSpan[];
  #open: Outcome | undefined;
  #isDown = false;
  #downMs = 0;
  #knownMs = 0;
  #incidents = 0;
  #checks = 0;
  #successes = 0;
  #responses = 0;
  #responseMs = 0;

  constructor(query: Query) {
    this.#query = query;
    this.#excluded = merged(query.excluded ?? []);
  }

  add(outcome: Outcome): void {
    if (this.#open?.at !== outcome.at) this.#close(outcome.at);
    else if (outcome.location !== COMBINED_LOCATION) return;
    this.#open = outcome;
  }

  result(): Uptime {
    this.#close(Number.POSITIVE_INFINITY);
    const { since, until } = this.#query;
    const windowMs = this.#lengthOf(since, until);
    return {
      uptimePercentage: this.#knownMs === 0 ? null : percentage(this.#knownMs - this.#downMs, this.#knownMs),
      coveragePercentage: windowMs > 0 ? percentage(this.#knownMs, windowMs) : 0,
      totalChecks: this.#checks,
      successfulChecks: this.#successes,
      avgResponseTimeMs: this.#responses === 0 ? null : this.#responseMs / this.#responses,
      knownMs: this.#knownMs,
      downMs: this.#downMs,
      incidents: this.#incidents,
    };
  }

  #close(nextAt: EpochMs): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || open.status === 'unknown') return;
    this.#count(open);
    const from = Math.max(open.at, this.#query.since);
    const until = Math.min(nextAt, open.at + this.#query.maxGapMs, this.#query.until);
    this.#weigh(open.status === 'down', this.#lengthOf(from, until));
  }

  #count({ at, status, responseTimeMs }: Outcome): void {
    if (at < this.#query.since || this.#excluded.some(({ start, end }) => at >= start && at < end)) return;
    this.#checks++;
    if (status !== 'down') this.#successes++;
    if (responseTimeMs === null) return;
    this.#responses++;
    this.#responseMs += responseTimeMs;
  }

  /** Without any length an outcome is outside of the window, and its state is only what the next one begins with. */
  #weigh(isDown: boolean, ms: number): void {
    if (ms === 0) return;
    if (isDown && !this.#isDown) this.#incidents++;
    this.#isDown = isDown;
    this.#knownMs += ms;
    if (isDown) this.#downMs += ms;
  }

  #lengthOf(from: EpochMs, until: EpochMs): number {
    let ms = Math.max(0, until - from);
    for (const { start, end } of this.#excluded)
      ms -= Math.max(0, Math.min(end, until) - Math.max(start, from));
    return ms;
  }
}

/** In order, and without overlaps. */
function merged(spans: readonly TimeSpan[]): TimeSpan[] {
  const apart: TimeSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last === undefined || span.start > last.end) apart.push(span);
    else apart.splice(-1, 1, { start: last.start, end: Math.max(last.end, span.end) });
  }
  return apart;
}

/** Rounded down to four decimals, so that 100 means that nothing was missed. */
function percentage(part: number, whole: number): number {
  return Math.floor((part * 1e6) / whole) / 1e4;
}
