// The timers of one life: single ones and ticks on a fixed grid.
// The clock fires them; the messages travel through the actor's mailbox like any other.

import { Envelope } from './ask.ts';
import type { Cancel, Clock } from './clock.ts';
import type { EveryOptions } from './types.ts';

/** Where timer messages go. */
export interface TimerOwner {
  readonly host: { readonly clock: Clock };
  skippedTicks: number;
  post(item: Envelope): void;
}

interface Message {
  readonly type: string;
}

/** A timer message on its way; a cancelled one is passed over. */
class Tick extends Envelope {
  /** On its way or being handled. */
  waiting = false;
  cancelled = false;
  cancel: Cancel = () => {};
  /** Forgets a timer that fires only once. */
  forget: (() => void) | undefined = undefined;

  begin(): boolean {
    if (this.cancelled) return false;
    this.forget?.();
    return true;
  }

  done(): void {
    this.waiting = false;
  }

  fail(): void {
    this.waiting = false;
    this.forget?.();
  }
}

export class LifeTimers {
  readonly #owner: TimerOwner;
  readonly #check: () => void;
  readonly #ticks = new Map<string, Tick>();
  readonly #sleepers = new Set<Cancel>();
  #unnamed = 0;

  /** `check` throws once the life is over. */
  constructor(owner: TimerOwner, check: () => void) {
    this.#owner = owner;
    this.#check = check;
  }

  after(ms: number, msg: Message, key?: string): string {
    const name = this.#place(key);
    const tick = new Tick(msg);
    this.#ticks.set(name, tick);
    // The key stays taken until the message runs, so that cancel still catches it in the mailbox.
    tick.forget = () => {
      if (this.#ticks.get(name) === tick) this.#ticks.delete(name);
    };
    tick.cancel = this.#owner.host.clock.after(ms, () => this.#owner.post(tick));
    return name;
  }

  every(ms: number, msg: Message, options: EveryOptions = {}): string {
    if (!(ms > 0)) throw new RangeError(`timers.every ms: ${ms}, must be above 0`);
    const name = this.#place(options.key);
    const tick = new Tick(msg);
    this.#ticks.set(name, tick);
    this.#armGrid(tick, ms, this.#owner.host.clock.mono() + (options.offsetMs ?? ms));
    return name;
  }

  cancel(key: string): boolean {
    const tick = this.#ticks.get(key);
    if (tick === undefined) return false;
    this.#ticks.delete(key);
    tick.cancelled = true;
    tick.cancel();
    return true;
  }

  /** Calls back after `ms` unless the life ends first. */
  arm(ms: number, f: () => void): Cancel {
    const cancel = this.#owner.host.clock.after(ms, () => {
      this.#sleepers.delete(cancel);
      f();
    });
    this.#sleepers.add(cancel);
    return () => {
      this.#sleepers.delete(cancel);
      cancel();
    };
  }

  endAll(): void {
    for (const key of [...this.#ticks.keys()]) this.cancel(key);
    for (const cancel of this.#sleepers) cancel();
  }

  /** Frees the key and returns it; makes one up when none was given. */
  #place(key: string | undefined): string {
    this.#check();
    const name = key ?? `#${this.#unnamed++}`;
    this.cancel(name);
    return name;
  }

  /** Due times are `firstMs + k * ms`; those that have passed while the clock was late are left out. */
  #armGrid(tick: Tick, ms: number, dueMs: number): void {
    const { clock } = this.#owner.host;
    tick.cancel = clock.after(Math.max(0, dueMs - clock.mono()), () => {
      const lateGrid = Math.max(0, Math.floor((clock.mono() - dueMs) / ms));
      this.#owner.skippedTicks += lateGrid;
      this.#armGrid(tick, ms, dueMs + (lateGrid + 1) * ms);
      if (tick.waiting) this.#owner.skippedTicks += 1;
      else {
        tick.waiting = true;
        this.#owner.post(tick);
      }
    });
  }
}
