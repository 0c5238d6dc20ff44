// A broadcast of events to subscribers that may lag: a bounded ring that never blocks the publisher.
// Who subscribes and what lag means to them is decided in subscription.ts.

import type { Cancel } from './clock.ts';

/** Is told that there is something new. Must return at once. */
export interface BusListener {
  notify(): void;
}

export interface EventBusOptions {
  /** Shown in status and in lag messages. @default 'events' */
  readonly name?: string;
  /** Events held for subscribers that are behind; at least 1. @default 256 */
  readonly capacity?: number;
  /** The sequence number of the first event; each further one has the next. @default 1 */
  readonly firstSeq?: number;
}

export class EventBus<E> {
  readonly name: string;
  readonly capacity: number;
  readonly firstSeq: number;
  readonly #ring: E[] = [];
  readonly #listeners = new Set<BusListener>();
  #nextSeq: number;

  /** Throws RangeError for a capacity that isn't a whole number of 1 or more. */
  constructor(options: EventBusOptions = {}) {
    this.name = options.name ?? 'events';
    this.capacity = options.capacity ?? 256;
    if (!(Number.isInteger(this.capacity) && this.capacity >= 1)) {
      throw new RangeError(
        `bus ${this.name}: capacity ${this.capacity}, must be a whole number of at least 1`,
      );
    }
    this.firstSeq = options.firstSeq ?? 1;
    this.#nextSeq = this.firstSeq;
  }

  /** The sequence number that the next event will have. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** The sequence number of the oldest event still held. */
  get oldestSeq(): number {
    return Math.max(this.firstSeq, this.#nextSeq - this.capacity);
  }

  /** How many listen now. */
  get listening(): number {
    return this.#listeners.size;
  }

  /** Hands an event to every subscriber and returns its sequence number. Never blocks. */
  publish(event: E): number {
    const seq = this.#nextSeq++;
    this.#ring[this.#slot(seq)] = event;
    for (const listener of this.#listeners) listener.notify();
    return seq;
  }

  /** The event with this number, if it is still held. */
  at(seq: number): E | undefined {
    return seq >= this.oldestSeq && seq < this.#nextSeq ? this.#ring[this.#slot(seq)] : undefined;
  }

  /** Tells a listener about each event from now on. Actors use `ctx.subscribe` instead. */
  listen(listener: BusListener): Cancel {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #slot(seq: number): number {
    return seq % this.capacity;
  }
}
