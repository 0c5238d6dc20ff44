// Collects what the engine noticed until somebody fetches it, each thing at most once an hour. What is made of it is left
// to the main thread.
import type { EpochMs } from '@guardia/model';
import type { SeriesNotice } from '../store.ts';

const QUIET_MS = 3_600_000;
/** Things remembered and waiting at most. */
const MAX_KNOWN = 10_000;
const MAX_WAITING = 100;

export class Notices {
  readonly #said = new Map<string, EpochMs>();
  #waiting: SeriesNotice[] = [];

  add(notice: SeriesNotice): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(notice);
  }

  /** What is new at this time. */
  take(now: EpochMs): SeriesNotice[] {
    if (this.#waiting.length === 0) return [];
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.filter((notice) => this.#isNew(notice, now));
  }

  #isNew(notice: SeriesNotice, now: EpochMs): boolean {
    const key = keyOf(notice);
    const last = this.#said.get(key);
    if (last !== undefined && now - last < QUIET_MS && now >= last) return false;
    if (this.#said.size >= MAX_KNOWN) this.#said.clear();
    this.#said.set(key, now);
    return true;
  }
}

/** The same for the same thing. */
function keyOf(notice: SeriesNotice): string {
  switch (notice.type) {
    case 'too-many-series':
      return notice.targetId;
    case 'corrupt-chunk':
      return `${notice.targetId} ${notice.key} ${notice.tier} ${notice.start}`;
    case 'merge-failed':
      return `${notice.targetId} merge ${notice.start}`;
    case 'spool-damaged':
      return `${notice.path} ${notice.message}`;
  }
}
