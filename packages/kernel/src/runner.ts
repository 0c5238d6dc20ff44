// Runs an actor's hooks and handlers one at a time: signals first, then messages and bus events in turn.
// What follows from a failure or a stop is decided in cell.ts, which extends this.

import { Ask, Envelope } from './ask.ts';
import { LinkedExit } from './errors.ts';
import { causeOf, isAbnormal, isThenable } from './host.ts';
import { type AnyMessage, Inbox } from './inbox.ts';
import type { Failure, Handlers, Life } from './life.ts';
import type { AnyDef, AnyRef, Down, Exit, ExitReason } from './types.ts';

/** A supervised child's life has ended and waits for a decision. */
export interface ChildEnded {
  readonly type: 'child';
  readonly child: AnyRef;
  readonly reason: ExitReason;
}

/** What travels in the lane that outranks messages. */
type LaneSignal = Down | Exit | ChildEnded | Failure | { readonly type: 'started' };

/** A definition's hooks as the kernel calls them; the types of state and messages are the definition's own affair. */
export interface Hooks {
  init(ctx: Life, args: unknown): unknown;
  started?(s: unknown, ctx: Life): unknown;
  readonly on: Handlers;
  signal?(sig: Down | Exit, s: unknown, ctx: Life): unknown;
  terminate?(reason: ExitReason, s: unknown, ctx: Life): unknown;
  /** Only supervisors have it. */
  childEnded?(sig: ChildEnded, s: unknown, ctx: Life): unknown;
}

export abstract class Runner extends Inbox {
  life: Life | undefined = undefined;
  current: unknown = undefined;
  processed = 0;
  busyMs = 0;
  /** Signals are waiting, or a stop is under way. */
  protected urgent = false;
  /** Rises when a running hook is abandoned, so that its late result finds itself out of date. */
  protected turn = 0;
  protected signals: LaneSignal[] | undefined = undefined;
  #busTurn = false;

  abstract get def(): AnyDef;
  protected abstract get hooks(): Hooks;

  /** A hook or handler failed: the life is over. */
  protected abstract crash(error: unknown): void;
  /** Takes the next step of a stop that is due. False when none is due yet. */
  protected abstract stopStep(): boolean;
  /** A stop is wanted but waits for the mailbox to empty. */
  protected abstract get stopPending(): boolean;

  run(max: number): number {
    this.scheduled = false;
    let used = 0;
    while (used < max && !this.blocked) {
      if (!(this.urgent ? this.#runUrgent() : this.#runMessage())) return used;
      used += 1;
    }
    if (this.#hasWork()) this.wake();
    return used;
  }

  spent(ms: number): void {
    this.busyMs += ms;
  }

  raise(signal: LaneSignal): void {
    if (this.life === undefined || this.life.over) return;
    this.signals ??= [];
    this.signals.push(signal);
    this.urgent = true;
    this.wake();
  }

  withdraw(unwanted: (signal: Down | Exit) => boolean): void {
    this.signals = this.signals?.filter(
      (signal) => !((signal.type === 'down' || signal.type === 'exit') && unwanted(signal)),
    );
  }

  /** Calls a hook; `done` runs with its result, at once or when its promise settles, unless it was abandoned. */
  protected runHook(name: string, call: () => unknown, done: (result: unknown) => void): void {
    const { turn } = this;
    this.current = name;
    let result: unknown;
    try {
      result = call();
    } catch (error) {
      if (turn === this.turn) this.crash(error);
      return;
    }
    if (turn !== this.turn) return;
    if (isThenable(result)) this.#await(result, done, undefined);
    else {
      this.rest();
      done(result);
    }
  }

  /** Nothing is being handled any more. */
  protected rest(): void {
    this.current = undefined;
    if (this.life?.waits !== undefined) this.life.waits = undefined;
  }

  #runUrgent(): boolean {
    if (this.stopStep()) return false;
    const signal = this.signals?.shift();
    if (signal !== undefined) {
      this.#runSignal(signal, this.life as Life);
      return true;
    }
    if (!this.stopPending) this.urgent = false;
    return this.#runMessage();
  }

  #hasWork(): boolean {
    return this.urgent || this.mailbox.size > 0 || this.life?.subscriptions !== undefined;
  }

  #runSignal(signal: LaneSignal, life: Life): void {
    const { hooks } = this;
    const { state } = life;
    if (signal.type === 'fail') this.crash(signal.error);
    else if (signal.type === 'started') this.#callHook('started', () => hooks.started?.(state, life));
    else if (signal.type === 'child')
      this.#callHook('childEnded', () => hooks.childEnded?.(signal, state, life));
    else if (signal.type === 'down' || this.def.trapExit === true) {
      this.#callHook('signal', () => hooks.signal?.(signal, state, life));
    } else if (isAbnormal(signal.reason)) {
      this.crash(new LinkedExit(this.path, signal.from.path, causeOf(signal.reason)));
    }
  }

  #callHook(name: string, call: () => unknown): void {
    this.runHook(name, call, () => {});
  }

  /** Handles the next message. False when there is none. */
  #runMessage(): boolean {
    const life = this.life as Life;
    const { turn } = this;
    let item: unknown;
    let result: unknown;
    try {
      item = life.subscriptions === undefined ? this.mailbox.take() : this.#nextOf(life);
      if (item === undefined) return false;
      let msg = item as AnyMessage;
      if (item instanceof Envelope) {
        if (!item.begin()) return true;
        msg = item.msg;
      }
      const handler = life.handlers[msg.type];
      if (handler === undefined) {
        this.discard(item, 'unknown');
        return true;
      }
      this.current = item;
      result = handler(msg, life.state, life);
    } catch (error) {
      if (turn === this.turn) this.crash(error);
      return true;
    }
    if (turn !== this.turn) return true;
    if (result !== undefined && isThenable(result)) this.#awaitHandler(result, item, life);
    else this.#handled(item, result, life);
    return true;
  }

  /** Apart from #runMessage, because a closure there would cost an allocation for every message. */
  #awaitHandler(promise: PromiseLike<unknown>, item: unknown, life: Life): void {
    this.#await(promise, (value) => this.#handled(item, value, life), item);
  }

  /** Mailbox and buses alternate, so that neither starves the other. */
  #nextOf(life: Life): unknown {
    const subscriptions = life.subscriptions ?? [];
    this.#busTurn = !this.#busTurn;
    if (this.#busTurn) return life.nextBusMessage(subscriptions) ?? this.mailbox.take();
    return this.mailbox.take() ?? life.nextBusMessage(subscriptions);
  }

  #handled(item: unknown, result: unknown, life: Life): void {
    this.processed += 1;
    this.current = undefined;
    if (life.waits !== undefined) life.waits = undefined;
    if (!(item instanceof Envelope)) return;
    item.done(result);
    if (item instanceof Ask && !item.settled) life.defer(item);
  }

  /** Waits for a hook's promise; nothing else of this actor runs meanwhile. */
  #await(promise: PromiseLike<unknown>, done: (value: unknown) => void, item: unknown): void {
    this.blocked = true;
    const { turn } = this;
    const sinceMs = this.host.clock.mono();
    const resume = (): boolean => {
      if (turn !== this.turn) return false;
      this.busyMs += this.host.clock.mono() - sinceMs;
      this.blocked = false;
      return true;
    };
    promise.then(
      (value) => {
        if (!resume()) {
          if (item instanceof Ask) item.done(value);
          return;
        }
        this.rest();
        done(value);
        this.wake();
      },
      (error: unknown) => {
        if (resume()) this.crash(error);
      },
    );
  }
}
