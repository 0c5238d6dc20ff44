// Decides which actor runs next: one shared queue, drained in slices of 2 ms so that timers and sockets get their turn.
// What an actor does with its turn is decided in runner.ts.

/** Something that has work. */
export interface Runnable {
  /** Handles at most `max` messages and returns how many. It asks for another turn itself if work is left. */
  run(max: number): number;
  /** Is told how long, in milliseconds, it probably ran since the last reading. */
  spent(ms: number): void;
}

/** Runs actors. `ready` is called once per wish for a turn, from anywhere, and must not run the actor at once. */
export interface Executor {
  ready(task: Runnable): void;
  /** Whether a turn is outstanding. */
  busy(): boolean;
}

/** How long actors may run before everything else gets a turn. */
const SLICE_MS = 2;
/**
 * The clock is read every so many messages, and an actor's turn is never longer: short while messages are slow,
 * long while they take next to no time.
 */
const MIN_STRIDE = 3;
const MAX_STRIDE = 16;
const QUICK_MS = 0.05;
const FIRST_SLOTS = 64;

const settled = Promise.resolve();

/**
 * The default executor. A wish inside a slice runs in a microtask, which makes a round trip cheap; once the slice is
 * spent the rest waits for the next turn of the event loop, so an endless volley can't starve timers.
 */
export class BatchExecutor implements Executor {
  #queue: (Runnable | undefined)[] = new Array(FIRST_SLOTS).fill(undefined);
  #head = 0;
  #size = 0;
  #scheduled = false;
  #inSlice = false;
  #sliceEndMs = 0;
  #readAtMs = 0;
  #credit = MIN_STRIDE;
  #stride = MIN_STRIDE;
  #last: Runnable | undefined = undefined;
  readonly #drain = (): void => this.#runQueue();
  readonly #openSlice = (): void => {
    this.#inSlice = true;
    this.#readAtMs = performance.now();
    this.#sliceEndMs = this.#readAtMs + SLICE_MS;
    setImmediate(this.#closeSlice);
    this.#runQueue();
  };
  /** A slice never outlives its turn of the event loop, so that idle time is counted as nobody's. */
  readonly #closeSlice = (): void => {
    this.#inSlice = false;
    if (this.#last !== undefined) this.#sample(this.#last, performance.now());
  };

  ready(task: Runnable): void {
    if (this.#size === this.#queue.length) this.#grow();
    this.#queue[(this.#head + this.#size) & (this.#queue.length - 1)] = task;
    this.#size += 1;
    if (!this.#scheduled) this.#schedule();
  }

  busy(): boolean {
    return this.#scheduled;
  }

  #schedule(): void {
    this.#scheduled = true;
    if (this.#inSlice) settled.then(this.#drain);
    else setImmediate(this.#openSlice);
  }

  #runQueue(): void {
    while (this.#size > 0) {
      const task = this.#queue[this.#head] as Runnable;
      this.#queue[this.#head] = undefined;
      this.#head = (this.#head + 1) & (this.#queue.length - 1);
      this.#size -= 1;
      this.#last = task;
      this.#credit -= task.run(this.#credit);
      if (this.#credit <= 0 && this.#sliceIsOver(task)) break;
    }
    if (this.#size > 0) this.#schedule();
    else this.#scheduled = false;
  }

  /** Reads the clock. The stride changes all the time, so that sampling doesn't fall in step with a volley. */
  #sliceIsOver(task: Runnable): boolean {
    const nowMs = performance.now();
    const quick = nowMs - this.#readAtMs < QUICK_MS;
    this.#sample(task, nowMs);
    this.#stride = quick && this.#stride < MAX_STRIDE ? this.#stride + 1 : MIN_STRIDE;
    this.#credit = this.#stride;
    if (nowMs < this.#sliceEndMs) return false;
    this.#inSlice = false;
    return true;
  }

  #sample(task: Runnable, nowMs: number): void {
    task.spent(nowMs - this.#readAtMs);
    this.#readAtMs = nowMs;
    this.#last = undefined;
  }

  #grow(): void {
    const old = this.#queue;
    const queue: (Runnable | undefined)[] = new Array(old.length * 2).fill(undefined);
    for (let i = 0; i < this.#size; i++) queue[i] = old[(this.#head + i) & (old.length - 1)];
    this.#queue = queue;
    this.#head = 0;
  }
}
