// Lets others have their turn during long work in this thread: a hub answers meanwhile. What the work is, is left to the
// callers.
import { setImmediate } from 'node:timers/promises';

/** Samples between two turns: a few milliseconds of checking or copying. */
const SAMPLES_PER_TURN = 250_000;

export class Pace {
  #left = SAMPLES_PER_TURN;

  /** Call it after each piece of work. */
  async after(samples: number): Promise<void> {
    this.#left -= samples;
    if (this.#left > 0) return;
    this.#left = SAMPLES_PER_TURN;
    await setImmediate();
  }
}
