// Runs actors in an order that a number decides, to try many interleavings and to repeat the one that failed.
// Only tests use it; programs run on the BatchExecutor.

import type { Executor, Runnable } from './executor.ts';

/** Turns after which timers and sockets get theirs, however busy the actors are. */
const TURNS_PER_SLICE = 64;

export class SeededExecutor implements Executor {
  readonly #waiting: Runnable[] = [];
  #state: number;
  #scheduled = false;
  #turnsLeft = TURNS_PER_SLICE;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  ready(task: Runnable): void {
    this.#waiting.push(task);
    if (!this.#scheduled) this.#schedule();
  }

  busy(): boolean {
    return this.#scheduled;
  }

  #schedule(): void {
    this.#scheduled = true;
    if (--this.#turnsLeft > 0) queueMicrotask(() => this.#step());
    else {
      this.#turnsLeft = TURNS_PER_SLICE;
      setImmediate(() => this.#step());
    }
  }

  /** One message of one actor, chosen among those with work. */
  #step(): void {
    const index = Math.floor(this.#random() * this.#waiting.length);
    const [task] = this.#waiting.splice(index, 1);
    task?.run(1);
    if (this.#waiting.length > 0) this.#schedule();
    else this.#scheduled = false;
  }

  /** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for choosing turns. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
