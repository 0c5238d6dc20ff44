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
  /** The first excluded span that isn't over by the outcome: those to come are later still. */
  #next = 0;
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
    const windowMs = lengthWithout(this.#excluded, since, until);
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
    const from = Math.max(open.at, this.#query.since);
    while (this.#next < this.#excluded.length && this.#excluded[this.#next]!.end <= from) this.#next++;
    this.#count(open);
    const until = Math.min(nextAt, open.at + this.#query.maxGapMs, this.#query.until);
    this.#weigh(open.status === 'down', lengthWithout(this.#excluded, from, until, this.#next));
  }

  #count({ at, status, responseTimeMs }: Outcome): void {
    const span = this.#excluded[this.#next];
    const { since, until } = this.#query;
    if (at < since || at >= until || (span !== undefined && span.start <= at)) return;
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
}

/** Milliseconds of a time that are in none of the spans.
 *  @param first the first of them that may be in it */
function lengthWithout(spans: readonly TimeSpan[], from: EpochMs, until: EpochMs, first = 0): number {
  let ms = Math.max(0, until - from);
  for (let i = first; i < spans.length && spans[i]!.start < until; i++)
    ms -= Math.max(0, Math.min(spans[i]!.end, until) - Math.max(spans[i]!.start, from));
  return ms;
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
