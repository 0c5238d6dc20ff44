// The contract of the kernel: what an actor is made of, what its context offers, what a system can do.
// Messages are typed in messages.ts; the guarantees behind each method are in docs/actor-semantics.md.

import type { EventBus } from './bus.ts';
import type { Cancel, Clock } from './clock.ts';
import type {
  CallTag,
  Handled,
  MaybePromise,
  Msg,
  Nothing,
  Payload,
  Reply,
  ReplyTo,
  Tag,
} from './messages.ts';
import type { ActorStatus, SystemStatus } from './status.ts';

/** Why a life ended. `error` and `killed` are abnormal: they spread over links and restart transient children. */
export type ExitReason =
  | { readonly type: 'normal' }
  | { readonly type: 'shutdown' }
  | { readonly type: 'killed' }
  | { readonly type: 'error'; readonly error: unknown };

/** A monitored actor has ended for good. */
export interface Down {
  readonly type: 'down';
  readonly ref: AnyRef;
  readonly monitor: MonitorId;
  readonly reason: ExitReason;
}

/** A linked actor's life has ended; only actors with `trapExit` see it. */
export interface Exit {
  readonly type: 'exit';
  readonly from: AnyRef;
  readonly reason: ExitReason;
}

export type MonitorId = number;

export interface MailboxPolicy {
  /** Messages that may wait, 1 to Infinity. @default 32 */
  readonly capacity?: number;
  /**
   * What a full mailbox does. `reject`: tell returns false, send waits. `dropOldest`: the oldest message gives way.
   * `dropNewest`: the new message is dropped and nobody waits. What is dropped goes to the dead letters.
   * @default 'reject'
   */
  readonly overflow?: 'reject' | 'dropOldest' | 'dropNewest';
  /** Whether queued messages survive a restart. @default 'keep' */
  readonly onRestart?: 'keep' | 'clear';
}

/** What an actor is: how its state begins, what it does with each message, how it ends. */
export interface ActorDef<P, S, A = void> {
  /** What sort of actor this is, for paths and status, for example `collector`. No `/` or `#`. */
  readonly kind: string;
  readonly mailbox?: MailboxPolicy;
  /** Linked ends arrive at `signal` instead of ending this actor. @default false */
  readonly trapExit?: boolean;
  /** How long a stop may take when the caller doesn't say. Milliseconds, Infinity allowed. @default 5_000 */
  readonly shutdownMs?: number;
  /** Builds the state of a life. A failure goes to the spawner, or to the supervisor on a restart. */
  init(ctx: Ctx<P>, args: A): MaybePromise<S>;
  /** Runs once after `init`, before the first message. A failure here ends the life. */
  started?(s: S, ctx: Ctx<P>): MaybePromise<void>;
  /** One handler per message. The next message isn't taken before the returned promise has settled. */
  readonly on: {
    readonly [K in Tag<P>]: (m: Msg<P, K>, s: S, ctx: Ctx<P>) => MaybePromise<Handled<P, K>>;
  };
  /** Downs and trapped exits. They outrank queued messages. */
  signal?(sig: Down | Exit, s: S, ctx: Ctx<P>): MaybePromise<void>;
  /** Releases what the life held; after its children, never after a kill. */
  terminate?(reason: ExitReason, s: S, ctx: Ctx<P>): MaybePromise<void>;
}

/** Any definition, whatever its protocol, state and arguments. */
export interface AnyDef {
  readonly kind: string;
  readonly mailbox?: MailboxPolicy;
  readonly trapExit?: boolean;
  readonly shutdownMs?: number;
  init(ctx: never, args: never): unknown;
  started?(s: never, ctx: never): unknown;
  readonly on: object;
  signal?(sig: never, s: never, ctx: never): unknown;
  terminate?(reason: never, s: never, ctx: never): unknown;
}

/** A reference to an actor of unknown protocol. Stays valid over restarts; compare by identity. */
export interface AnyRef {
  /** Where the actor lives, for example `/collectors/web-1`. */
  readonly path: string;
  /** 1 for the first life; each restart adds 1. */
  readonly incarnation: number;
  /** False once the actor has ended for good. */
  readonly alive: boolean;
}

export interface SendOptions {
  /** Leaves the line when it aborts; the promise then rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface AskOptions {
  /** Milliseconds until the ask rejects with AskTimeout; above 0, Infinity allowed. @default 5_000 */
  readonly timeoutMs?: number;
  /** Gives up when it aborts; the promise then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** The address of an actor. */
export interface ActorRef<P> extends AnyRef {
  /** Puts a message into the mailbox. Never throws; false: no room or not alive, the message is a dead letter. */
  tell(m: Msg<P>): boolean;
  /**
   * Like tell, but waits for room, in order of arrival. `undefined`: accepted at once, nothing to await.
   * Rejects with ActorStopped when the actor ends first, or with the signal's reason.
   */
  send(m: Msg<P>, options?: SendOptions): Promise<void> | undefined;
  /**
   * Sends a call and waits for its reply.
   * Rejects with AskTimeout, MailboxFull, ActorStopped, ActorFailed, the signal's reason, or what the actor replied.
   */
  ask<K extends CallTag<P>>(
    m: { readonly type: K } & Payload<P, K>,
    options?: AskOptions,
  ): Promise<Reply<P, K>>;
}

export interface EveryOptions {
  /** When the first tick is due, in milliseconds from now. @default the period */
  readonly offsetMs?: number;
  readonly key?: string;
}

/** Timers of one life. They end with it; a message of a cancelled timer is not delivered. */
export interface Timers<P> {
  /** Tells this actor `msg` once, after `ms` milliseconds. A timer with the same key is replaced. Returns the key. */
  after(ms: number, msg: Msg<P>, key?: string): string;
  /**
   * Tells this actor `msg` on a fixed grid of `ms` milliseconds (above 0). While the last tick waits or is handled,
   * further ticks are skipped and counted, never queued. Returns the key.
   */
  every(ms: number, msg: Msg<P>, options?: EveryOptions): string;
  /** Disarms the timer. False when there was none. */
  cancel(key: string): boolean;
}

/** What a subscriber that fell behind has missed. */
export interface Lag {
  /** The bus's name. */
  readonly bus: string;
  /** How many events were lost to this subscriber. */
  readonly missed: number;
  /** True when the subscription is over (`onLag: 'drop'`). */
  readonly dropped: boolean;
}

export interface Subscribe<P, E> {
  /** `skip`: go on with the oldest event still held. `drop`: end the subscription. Told either way. @default 'skip' */
  readonly onLag?: 'drop' | 'skip';
  /** Events for which it returns false are passed over. */
  readonly filter?: (e: E) => boolean;
  /** The sequence number of the first event wanted. @default the next one published */
  readonly from?: number;
  /** The message for an event. */
  readonly event: (e: E, seq: number) => Msg<P>;
  /** The message for a lag. */
  readonly lag: (l: Lag) => Msg<P>;
}

/** Nothing for definitions without arguments, else the arguments; then options. */
export type SpawnArgs<A> = [A] extends [Nothing]
  ? [args?: undefined, options?: SpawnOptions]
  : [args: A, options?: SpawnOptions];

export interface SpawnOptions {
  /** Registered for `whereIs`, unique in the system; also the id when that isn't given. No `/` or `#`. */
  readonly name?: string;
  /** The last part of the path, unique among siblings. @default the name, else `kind#number` */
  readonly id?: string;
  /** Overrides the definition's mailbox. */
  readonly mailbox?: MailboxPolicy;
}

/** What a handler may do as its actor. Acts throw ContextEnded once the life is over. */
export interface Ctx<P> {
  readonly self: ActorRef<P>;
  readonly system: System;
  /** Aborts when this life ends, or when its stop passes its deadline. Pass it to every wait. */
  readonly signal: AbortSignal;
  readonly timers: Timers<P>;
  /** The asker of the message being handled; a handle that does nothing when it was told. */
  from<Res = unknown>(): ReplyTo<Res>;
  /** An ask that notices cycles: it rejects with AskCycle where waiting could never end. */
  ask<Q, K extends CallTag<Q>>(
    to: ActorRef<Q>,
    m: { readonly type: K } & Payload<Q, K>,
    options?: AskOptions,
  ): Promise<Reply<Q, K>>;
  /** Sends this actor a message when the promise settles, unless the life is over by then. */
  pipe<T>(promise: PromiseLike<T>, toMsg: (result: PromiseSettledResult<T>) => Msg<P>): void;
  /** Starts a child; it is stopped with this actor. Rejects with InitFailed or NameRefused. */
  spawn<Q, S, A>(def: ActorDef<Q, S, A>, ...rest: SpawnArgs<A>): Promise<ActorRef<Q>>;
  /** Starts a child and links it: if it ends abnormally, so does this actor. */
  spawnLinked<Q, S, A>(def: ActorDef<Q, S, A>, ...rest: SpawnArgs<A>): Promise<ActorRef<Q>>;
  link(ref: AnyRef): void;
  unlink(ref: AnyRef): void;
  /** Exactly one Down when the actor ends for good; at once when it has. */
  monitor(ref: AnyRef): MonitorId;
  /** Ends the monitor and withdraws a Down not yet handled. */
  demonitor(id: MonitorId): void;
  /** Ends this actor after the current handler. @default reason normal */
  stop(reason?: ExitReason): void;
  /** Receives the events of a bus until this life ends. Returns what ends it earlier. */
  subscribe<E>(bus: EventBus<E>, options: Subscribe<P, E>): Cancel;
}

export interface StopOptions {
  /** @default shutdown */
  readonly reason?: ExitReason;
  /** Milliseconds until the actor is killed; Infinity allowed. @default the definition's shutdownMs, else 5_000 */
  readonly timeoutMs?: number;
  /** Handle what the mailbox has accepted before ending. @default false */
  readonly drain?: boolean;
}

/** A message that reached nobody, handed back. */
export interface DeadLetter {
  readonly path: string;
  readonly message: unknown;
  readonly why: 'full' | 'dropped' | 'stopped' | 'unknown';
}

export interface ShutdownReport {
  /** Paths of the actors that had to be killed. */
  readonly killed: string[];
  readonly ms: number;
}

/** What a system of actors can do; ActorSystem implements it. */
export interface System {
  readonly clock: Clock;
  /** Undeliverable messages; the latest 256 are held. */
  readonly deadLetters: EventBus<DeadLetter>;
  /** Starts an actor at the root. Rejects with InitFailed, NameRefused, or ActorStopped after a shutdown. */
  spawn<P, S, A>(def: ActorDef<P, S, A>, ...rest: SpawnArgs<A>): Promise<ActorRef<P>>;
  /** The living actor registered under this name. The caller vouches for the protocol. */
  whereIs<P>(name: string): ActorRef<P> | undefined;
  /** The living actor at this path. The caller vouches for the protocol. */
  find<P>(path: string): ActorRef<P> | undefined;
  /**
   * Ends a life in order: running handler, children in reverse, `terminate`. Resolves with the reason when it is over.
   * A supervised actor may then be restarted by its supervisor; StopChild ends it for good.
   */
  stop(ref: AnyRef, options?: StopOptions): Promise<ExitReason>;
  /** Ends a life at once: no `terminate`, running promises are abandoned, children are killed too. */
  kill(ref: AnyRef): void;
  /** Starts a new life of a supervised actor in place; not counted as a failure. Rejects when nobody supervises it. */
  restart(ref: AnyRef): Promise<void>;
  /** The status of one actor and its children, by reference, path or name. */
  inspect(target: AnyRef | string): ActorStatus | undefined;
  status(): SystemStatus;
  /** Stops everything in reverse order within `totalMs`. Safe twice. @default 5_000 */
  shutdown(totalMs?: number): Promise<ShutdownReport>;
}
