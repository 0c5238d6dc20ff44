// Brings generated frames into a store as the hub would, and moves the store's clock along with them. What they are is
// data.ts's business; what it took is measured by the callers.
import { type Clock, systemClock } from '@guardia/kernel';
import type { SeriesStore } from '@guardia/series';
import { type DataShape, endOf, frames } from './data.ts';

/** Wall time is the time of the newest frame, so that months pass in seconds; intervals and timers are real. */
export class DataClock implements Clock {
  #wallMs: number;

  constructor(wallMs: number) {
    this.#wallMs = wallMs;
  }

  wall(): number {
    return this.#wallMs;
  }

  mono(): number {
    return systemClock.mono();
  }

  after(ms: number, f: () => void): () => void {
    return systemClock.after(ms, f);
  }

  /** Says what time it is, in milliseconds since 1970. */
  moveTo(wallMs: number): void {
    this.#wallMs = wallMs;
  }
}

/** Appends all frames of a shape, held back where the store holds back, and lets its last day be over. Answers the
 *  number of samples. */
export async function fill(store: SeriesStore, clock: DataClock, shape: DataShape): Promise<number> {
  let samples = 0;
  for (const frame of frames(shape)) {
    clock.moveTo(frame.at);
    const room = store.append(frame);
    if (room !== undefined) await room;
    samples += frame.values.length;
  }
  clock.moveTo(endOf(shape));
  return samples;
}
