// A call on its way and the deadline that hangs over it. Deadlines stand in first-in-first-out lists,
// one per distinct time-out with one timer each; what the actor does with the call is decided in runner.ts.

import type { Cancel, Clock } from './clock.ts';
import { AskTimeout } from './errors.ts';
import { NO_REPLY, type ReplyTo } from './messages.ts';

/** A queued message that wants to know what becomes of it. Plain told messages are queued as they are. */
export abstract class Envelope {
  readonly msg: { readonly type: string };

  constructor(msg: { readonly type: string }) {
    this.msg = msg;
  }

  /** Called when its turn comes; false: it isn't wanted any more and won't be run. */
  abstract begin(): boolean;
  /** The handler returned this. */
  abstract done(result: unknown): void;
  /** The handler failed, or the actor ended, or the message was dropped. */
  abstract fail(error: unknown): void;
}

/** What a call has to tell about its end. */
export interface AskTarget {
  readonly path: string;
  lateReplies: number;
  expired: number;
}

export class Ask extends Envelope implements ReplyTo<unknown> {
  readonly target: AskTarget;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  settled = false;
  deadlineMs = Infinity;
  list: DeadlineList | undefined = undefined;
  previous: Ask | undefined = undefined;
  next: Ask | undefined = undefined;
  /** Told once when the ask settles, whichever way. */
  onSettled: Cancel | undefined = undefined;

  constructor(
    msg: { readonly type: string },
    target: AskTarget,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super(msg);
    this.target = target;
    this.resolve = resolve;
    this.reject = reject;
  }

  get wanted(): boolean {
    return !this.settled;
  }

  begin(): boolean {
    if (!this.settled && this.list?.isPast(this.deadlineMs) === true) this.expire();
    if (!this.settled) return true;
    this.target.expired += 1;
    return false;
  }

  done(result: unknown): void {
    if (result !== NO_REPLY) this.reply(result);
  }

  reply(value: unknown): void {
    if (this.#settle()) this.resolve(value);
    else this.target.lateReplies += 1;
  }

  fail(error: unknown): void {
    if (this.#settle()) this.reject(error);
  }

  expire(): void {
    this.fail(new AskTimeout(this.target.path, this.msg.type, this.list?.timeoutMs ?? Infinity));
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.list?.remove(this);
    if (this.onSettled !== undefined) this.onSettled();
    return true;
  }
}

/**
 * The pending asks of one time-out, oldest first, so the head is always the next one due. Armed with its first ask;
 * a timer that finds it empty gives it up, and the next ask gets a new one.
 */
export class DeadlineList {
  readonly timeoutMs: number;
  readonly #clock: Clock;
  readonly #onEmpty: (list: DeadlineList) => void;
  #head: Ask | undefined = undefined;
  #tail: Ask | undefined = undefined;
  #timer: Cancel | undefined = undefined;

  constructor(timeoutMs: number, clock: Clock, onEmpty: (list: DeadlineList) => void) {
    this.timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  isPast(deadlineMs: number): boolean {
    return this.#clock.mono() >= deadlineMs;
  }

  add(ask: Ask): void {
    ask.list = this;
    ask.deadlineMs = this.#clock.mono() + this.timeoutMs;
    ask.previous = this.#tail;
    if (this.#tail === undefined) this.#head = ask;
    else this.#tail.next = ask;
    this.#tail = ask;
    if (this.#timer === undefined) this.#arm(this.timeoutMs);
  }

  remove(ask: Ask): void {
    if (ask.previous === undefined) this.#head = ask.next;
    else ask.previous.next = ask.next;
    if (ask.next === undefined) this.#tail = ask.previous;
    else ask.next.previous = ask.previous;
    ask.previous = undefined;
    ask.next = undefined;
  }

  disarm(): void {
    this.#timer?.();
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.after(ms, () => this.#fire());
  }

  #fire(): void {
    const nowMs = this.#clock.mono();
    while (this.#head !== undefined && this.#head.deadlineMs <= nowMs) this.#head.expire();
    if (this.#head !== undefined) this.#arm(this.#head.deadlineMs - nowMs);
    else this.#onEmpty(this);
  }
}

/** Every pending deadline of a system. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #lists = new Map<number, DeadlineList>();
  #last: DeadlineList | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws RangeError for a time-out that isn't above 0. */
  watch(ask: Ask, timeoutMs: number): void {
    if (this.#last?.timeoutMs !== timeoutMs) this.#last = this.#listFor(timeoutMs);
    this.#last.add(ask);
  }

  /** Disarms every timer; asks still pending are left to their targets. */
  stop(): void {
    for (const list of this.#lists.values()) list.disarm();
  }

  #listFor(timeoutMs: number): DeadlineList {
    if (!(timeoutMs > 0)) throw new RangeError(`ask timeoutMs: ${timeoutMs}, must be above 0`);
    const known = this.#lists.get(timeoutMs);
    if (known !== undefined) return known;
    const list = new DeadlineList(timeoutMs, this.#clock, (empty) => this.#forget(empty));
    this.#lists.set(timeoutMs, list);
    return list;
  }

  #forget(list: DeadlineList): void {
    this.#lists.delete(list.timeoutMs);
    this.#last = undefined;
  }
}
