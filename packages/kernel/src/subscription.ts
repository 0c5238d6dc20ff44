// One subscriber's place on a bus: a cursor that turns events and lag into messages when the actor has time for them.
// Nothing is queued per subscriber; the bus's ring is the only store.

import type { BusListener, EventBus } from './bus.ts';
import type { Cancel } from './clock.ts';
import type { LagStatus } from './status.ts';
import type { Subscribe } from './types.ts';

export class Subscription<P, E> implements BusListener {
  readonly #bus: EventBus<E>;
  readonly #options: Subscribe<P, E>;
  readonly #wake: () => void;
  readonly #unlisten: Cancel;
  #cursor: number;
  #missed = 0;

  constructor(bus: EventBus<E>, options: Subscribe<P, E>, wake: () => void) {
    this.#bus = bus;
    this.#options = options;
    this.#wake = wake;
    this.#cursor = Math.max(options.from ?? bus.nextSeq, bus.firstSeq);
    this.#unlisten = bus.listen(this);
  }

  get status(): LagStatus {
    return { bus: this.#bus.name, behind: this.#behind, missed: this.#missed };
  }

  notify(): void {
    this.#wake();
  }

  end(): void {
    this.#unlisten();
    this.#cursor = Infinity;
  }

  /** The message for the next event or lag; undefined when there is nothing new. */
  next(): unknown {
    if (this.#cursor < this.#bus.oldestSeq) return this.#lag();
    while (this.#cursor < this.#bus.nextSeq) {
      const seq = this.#cursor++;
      const event = this.#bus.at(seq) as E;
      if (this.#options.filter?.(event) === false) continue;
      return this.#options.event(event, seq);
    }
    return undefined;
  }

  get #behind(): number {
    return Math.max(0, this.#bus.nextSeq - this.#cursor);
  }

  #lag(): unknown {
    const dropped = this.#options.onLag === 'drop';
    const missed = dropped ? this.#behind : this.#bus.oldestSeq - this.#cursor;
    this.#missed += missed;
    this.#cursor = this.#bus.oldestSeq;
    if (dropped) this.end();
    return this.#options.lag({ bus: this.#bus.name, missed, dropped });
  }
}
