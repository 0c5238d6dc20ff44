// The queue in front of one actor: a bounded ring, and the line of senders who wait for room.
// It decides only what fits; what becomes of refused and dropped messages is decided in inbox.ts.

import type { MailboxPolicy } from './types.ts';

/** The new item is in the queue and nothing was displaced. */
export const ACCEPTED: unique symbol = Symbol('accepted');
/** The new item is not in the queue. */
export const REFUSED: unique symbol = Symbol('refused');

/** Somebody waiting to put an item in. */
export interface Waiter {
  readonly item: unknown;
  accepted(): void;
  refused(error: Error): void;
}

/** A policy with every default filled in. */
export type Policy = Required<MailboxPolicy>;

const DEFAULT_POLICY: Policy = { capacity: 32, overflow: 'reject', onRestart: 'keep' };
const FIRST_SLOTS = 4;
/** A ring that grew beyond this is given back once it is empty. */
const KEPT_SLOTS = 1024;
/** More than any queue can hold; a small integer, because comparing with Infinity is slower on every message. */
const UNBOUNDED = 1_000_000_000;
const NO_SLOTS: unknown[] = [];

/** Fills in defaults. Throws RangeError for a capacity that isn't a whole number of 1 or more, or Infinity. */
export function resolvePolicy(policy: MailboxPolicy | undefined): Policy {
  if (policy === undefined) return DEFAULT_POLICY;
  const resolved = { ...DEFAULT_POLICY, ...policy };
  const { capacity } = resolved;
  if (capacity !== Infinity && !(Number.isInteger(capacity) && capacity >= 1)) {
    throw new RangeError(`mailbox.capacity: ${capacity}, must be a whole number of at least 1, or Infinity`);
  }
  return resolved;
}

export class Mailbox {
  readonly policy: Policy;
  size = 0;
  highWater = 0;
  rejected = 0;
  readonly #capacity: number;
  #slots: unknown[] = NO_SLOTS;
  #head = 0;
  #waiters: Set<Waiter> | undefined = undefined;

  constructor(policy: Policy) {
    this.policy = policy;
    this.#capacity = Math.min(policy.capacity, UNBOUNDED);
  }

  get waiting(): number {
    return this.#waiters?.size ?? 0;
  }

  /** Puts an item in if there is room; a `dropOldest` queue makes room and returns what it dropped. */
  offer(item: unknown): unknown {
    if (this.size < this.#capacity) {
      this.#push(item);
      return ACCEPTED;
    }
    this.rejected += 1;
    if (this.policy.overflow !== 'dropOldest') return REFUSED;
    const oldest = this.#shift();
    this.#push(item);
    return oldest;
  }

  /** Takes the oldest item; the sender at the head of the line then gets the free place. */
  take(): unknown {
    if (this.size === 0) return undefined;
    const item = this.#shift();
    if (this.#waiters !== undefined) this.#admit(this.#waiters);
    return item;
  }

  /** Joins the line; the caller has seen that the queue is full. */
  wait(waiter: Waiter): void {
    this.#waiters ??= new Set();
    this.#waiters.add(waiter);
  }

  /** Leaves the line. */
  leave(waiter: Waiter): void {
    this.#waiters?.delete(waiter);
  }

  /** Turns everybody in the line away. */
  refuseWaiters(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    for (const waiter of waiters ?? []) waiter.refused(error);
  }

  #admit(waiters: Set<Waiter>): void {
    for (const waiter of waiters) {
      waiters.delete(waiter);
      this.#push(waiter.item);
      waiter.accepted();
      return;
    }
  }

  #push(item: unknown): void {
    const slots = this.#slots.length === this.size ? this.#grow() : this.#slots;
    slots[(this.#head + this.size) & (slots.length - 1)] = item;
    this.size += 1;
    if (this.size > this.highWater) this.highWater = this.size;
  }

  #shift(): unknown {
    const slots = this.#slots;
    const item = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.size -= 1;
    if (this.size === 0 && slots.length > KEPT_SLOTS) {
      this.#slots = NO_SLOTS;
    }
    return item;
  }

  /** Doubles the ring; lengths are powers of two so that an index wraps with a mask. */
  #grow(): unknown[] {
    const old = this.#slots;
    const slots: unknown[] = new Array(Math.max(FIRST_SLOTS, old.length * 2)).fill(undefined);
    for (let i = 0; i < this.size; i++) slots[i] = old[(this.#head + i) & (old.length - 1)];
    this.#head = 0;
    this.#slots = slots;
    return slots;
  }
}
