// Collects what the engine noticed until somebody fetches it, each thing at most once an hour. What is made of it, and how
// often series beyond the limit are told, is left to the main thread.
import type { EpochMs, TargetId } from '@guardia/model';
import type { SeriesNotice } from '../store.ts';
import type { TooManySeries } from '../refusals.ts';

const QUIET_MS = 3_600_000;
/** Things remembered and waiting at most. */
const MAX_KNOWN = 10_000;
const MAX_WAITING = 100;

type Told = Exclude<SeriesNotice, TooManySeries>;

export class Notices {
  readonly #said = new Map<string, EpochMs>();
  #waiting: Told[] = [];
  readonly #refusals = new Map<TargetId, TooManySeries>();

  add(notice: SeriesNotice): void {
    if (notice.type === 'too-many-series') this.#addRefusal(notice);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(notice);
  }

  /** What is new at this time. */
  take(now: EpochMs): SeriesNotice[] {
    if (this.#waiting.length + this.#refusals.size === 0) return [];
    const waiting = this.#waiting;
    const refusals = [...this.#refusals.values()];
    this.#waiting = [];
    this.#refusals.clear();
    return [...refusals, ...waiting.filter((notice) => this.#isNew(notice, now))];
  }

  #addRefusal(notice: TooManySeries): void {
    const samples = notice.samples + (this.#refusals.get(notice.targetId)?.samples ?? 0);
    this.#refusals.set(notice.targetId, { ...notice, samples });
  }

  #isNew(notice: Told, now: EpochMs): boolean {
    const key = keyOf(notice);
    const last = this.#said.get(key);
    if (last !== undefined && now - last < QUIET_MS && now >= last) return false;
    if (this.#said.size >= MAX_KNOWN) this.#said.clear();
    this.#said.set(key, now);
    return true;
  }
}

/** The same for the same thing. */
function keyOf(notice: Told): string {
  switch (notice.type) {
    case 'corrupt-chunk':
      return `${notice.targetId} ${notice.key} ${notice.tier} ${notice.start} ${notice.end}`;
    case 'merge-failed':
      return `${notice.targetId} merge ${notice.start}`;
    case 'spool-damaged':
      return `${notice.path} ${notice.message}`;
  }
}
