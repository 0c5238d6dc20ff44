// Virtual time: nothing happens until a test advances it, and then everything due happens in order.
// It also lets actors come to rest between timers, so that a test needs no sleeping.

import type { Cancel, Clock } from './clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly f: () => void;
}

/** Turns of the event loop without work for actors after which they count as at rest. */
const QUIET_TURNS = 3;
/** 2026-01-01T00:00:00Z. */
const START_WALL_MS = 1_767_225_600_000;

export interface TestClockOptions {
  /** The wall time at the start, milliseconds since 1970. @default 2026-01-01T00:00:00Z */
  readonly wallMs?: number;
}

export class TestClock implements Clock {
  #monoMs = 0;
  #wallOffsetMs: number;
  readonly #timers = new Set<Timer>();
  readonly #busy: (() => boolean)[] = [];

  constructor(options: TestClockOptions = {}) {
    this.#wallOffsetMs = options.wallMs ?? START_WALL_MS;
  }

  /** Timers armed now. */
  get pending(): number {
    return this.#timers.size;
  }

  wall(): number {
    return this.#wallOffsetMs + this.#monoMs;
  }

  mono(): number {
    return this.#monoMs;
  }

  after(ms: number, f: () => void): Cancel {
    if (ms === Infinity) return () => {};
    const timer = { dueAt: this.#monoMs + Math.max(0, ms), f };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  attach(busy: () => boolean): void {
    this.#busy.push(busy);
  }

  /** Moves the wall clock alone, either way; timers and intervals don't notice. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Lets `ms` milliseconds pass: runs due timers one by one and lets actors come to rest before and after each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monoMs + ms;
    await this.settle();
    for (let timer = this.#nextDue(untilMs); timer !== undefined; timer = this.#nextDue(untilMs)) {
      this.#timers.delete(timer);
      this.#monoMs = Math.max(this.#monoMs, timer.dueAt);
      timer.f();
      await this.settle();
    }
    this.#monoMs = Math.max(this.#monoMs, untilMs);
  }

  /** Waits until no actor has work left, without any time passing. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.#busy.some((busy) => busy()) ? 0 : quiet + 1;
    }
  }

  /** The earliest timer due; the set keeps the order of arming, which decides ties. */
  #nextDue(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt > untilMs) continue;
      if (first === undefined || timer.dueAt < first.dueAt) first = timer;
    }
    return first;
  }
}
