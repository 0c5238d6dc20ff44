// Counts how many different times were read so far, from the newest file back, and says what an older one is still needed
// for. Reading is left to archive.ts.
import type { EpochMs } from '@guardia/model';
import type { RawColumn } from '@guardia/series';
import { allTimes } from './columns.ts';
import type { Slot } from './slot.ts';

export class NewestTimes {
  readonly #wanted: number;
  /** Rising; none where all are wanted. */
  #times: Float64Array = new Float64Array(0);

  /** @param wanted how many, or Infinity for all */
  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  /** How many of the newest times may lie in a slot. */
  missingIn({ end }: Pick<Slot, 'end'>): number {
    return Math.max(0, this.#wanted - this.#countFrom(end));
  }

  async add(columns: readonly RawColumn[]): Promise<void> {
    if (this.#wanted === Number.POSITIVE_INFINITY) return;
    this.#times = (await allTimes([{ times: this.#times }, ...columns])).slice(-this.#wanted);
  }

  #countFrom(time: EpochMs): number {
    const first = this.#times.findIndex((each) => each >= time);
    return first === -1 ? 0 : this.#times.length - first;
  }
}
