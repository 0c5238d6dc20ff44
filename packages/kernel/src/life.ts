// One life of an actor, from init to its end: the context that handlers are given, and all that ends with it.
// A restart makes a new life; when lives begin and end is decided in cell.ts.

import { Ask } from './ask.ts';
import type { EventBus } from './bus.ts';
import type { Cancel } from './clock.ts';
import { ActorStopped, AskCycle, ContextEnded } from './errors.ts';
import { causeOf, type Host, NORMAL } from './host.ts';
import type { Inbox } from './inbox.ts';
import type { CallTag, Msg, Payload, Reply, ReplyTo } from './messages.ts';
import { Subscription } from './subscription.ts';
import { LifeTimers } from './timers.ts';
import type {
  ActorDef,
  ActorRef,
  AnyDef,
  AnyRef,
  AskOptions,
  Ctx,
  Down,
  Exit,
  ExitReason,
  MonitorId,
  SpawnArgs,
  SpawnOptions,
  Subscribe,
  System,
  Timers,
} from './types.ts';

/** Ends the life as if a handler had failed. */
export interface Failure {
  readonly type: 'fail';
  readonly error: unknown;
}

/** A definition's handlers as the kernel calls them. */
export type Handlers = Readonly<Record<string, (m: unknown, s: unknown, ctx: Life) => unknown>>;

/** The actor that a life belongs to. */
export interface LifeOwner extends Inbox {
  readonly life: Life | undefined;
  /** What is being handled; undefined at rest. */
  readonly current: unknown;
  /** Whom to tell when this actor has ended for good. */
  readonly watchers: Map<MonitorId, Life>;
  skippedTicks: number;
  /** Puts a signal into the lane that outranks messages. */
  raise(signal: Down | Exit | Failure): void;
  /** Takes signals back out of the lane. */
  withdraw(unwanted: (signal: Down | Exit) => boolean): void;
  stopSoon(reason: ExitReason): void;
  spawnChild(def: AnyDef, args: unknown, options: SpawnOptions | undefined, linkTo?: Life): Promise<AnyRef>;
}

const NOBODY: ReplyTo<unknown> = { wanted: false, reply: () => {}, fail: () => {} };

/** Every reference is an actor of this kernel; the public type only hides it. */
function ownerOf(ref: AnyRef): LifeOwner {
  return ref as LifeOwner;
}

export class Life implements Ctx<unknown> {
  readonly cell: LifeOwner;
  /** The definition's handlers, one step away: they are looked up for every message. */
  readonly handlers: Handlers;
  state: unknown = undefined;
  /** Its init has succeeded. */
  begun = false;
  over = false;
  subscriptions: Subscription<never, never>[] | undefined = undefined;
  /** Actors that the running handler waits for, through `ask`. */
  waits: LifeOwner[] | undefined = undefined;
  #aborter: AbortController | undefined = undefined;
  #timers: LifeTimers | undefined = undefined;
  #links: Set<LifeOwner> | undefined = undefined;
  #monitors: Map<MonitorId, LifeOwner> | undefined = undefined;
  #deferred: Set<Ask> | undefined = undefined;

  constructor(cell: LifeOwner, handlers: Handlers) {
    this.cell = cell;
    this.handlers = handlers;
  }

  get self(): ActorRef<unknown> {
    return this.cell as unknown as ActorRef<unknown>;
  }

  get system(): System {
    return this.#host.api;
  }

  get signal(): AbortSignal {
    if (this.#aborter === undefined) {
      this.#aborter = new AbortController();
      if (this.over) this.abort();
    }
    return this.#aborter.signal;
  }

  get timers(): Timers<unknown> & LifeTimers {
    this.#timers ??= new LifeTimers(this.cell, () => this.#check());
    return this.#timers as Timers<unknown> & LifeTimers;
  }

  from<Res>(): ReplyTo<Res> {
    this.#check();
    const { current } = this.cell;
    return current instanceof Ask ? current : NOBODY;
  }

  ask<Q, K extends CallTag<Q>>(
    to: ActorRef<Q>,
    m: { readonly type: K } & Payload<Q, K>,
    options?: AskOptions,
  ): Promise<Reply<Q, K>> {
    this.#check();
    const target = ownerOf(to);
    if (this.cell.current === undefined) return to.ask(m, options);
    const cycle = findCycle(this.cell, target);
    if (cycle !== undefined) return Promise.reject(new AskCycle(cycle));
    this.waits ??= [];
    this.waits.push(target);
    const reply = target.request(m, options, () => this.#stopWaiting(target));
    return reply as Promise<Reply<Q, K>>;
  }

  pipe<T>(promise: PromiseLike<T>, toMsg: (result: PromiseSettledResult<T>) => Msg<unknown>): void {
    this.#check();
    const post = (result: PromiseSettledResult<T>): void => {
      if (this.over) return;
      try {
        this.cell.post(toMsg(result));
      } catch (error) {
        this.cell.raise({ type: 'fail', error });
      }
    };
    promise.then(
      (value) => post({ status: 'fulfilled', value }),
      (reason: unknown) => post({ status: 'rejected', reason }),
    );
  }

  spawn<Q, S, A>(def: ActorDef<Q, S, A>, ...rest: SpawnArgs<A>): Promise<ActorRef<Q>> {
    this.#check();
    return this.cell.spawnChild(def, rest[0], rest[1]) as Promise<ActorRef<Q>>;
  }

  spawnLinked<Q, S, A>(def: ActorDef<Q, S, A>, ...rest: SpawnArgs<A>): Promise<ActorRef<Q>> {
    this.#check();
    return this.cell.spawnChild(def, rest[0], rest[1], this) as Promise<ActorRef<Q>>;
  }

  link(ref: AnyRef): void {
    this.#check();
    const peer = ownerOf(ref);
    if (peer.life === undefined || peer.life.over) {
      this.cell.raise({ type: 'exit', from: ref, reason: peer.lifeReason ?? NORMAL });
    } else {
      this.joinTo(peer);
      peer.life.joinTo(this.cell);
    }
  }

  unlink(ref: AnyRef): void {
    this.#check();
    const peer = ownerOf(ref);
    this.#links?.delete(peer);
    peer.life?.part(this.cell);
    this.cell.withdraw((signal) => signal.type === 'exit' && signal.from === ref);
  }

  monitor(ref: AnyRef): MonitorId {
    this.#check();
    const peer = ownerOf(ref);
    const id = this.#host.nextId();
    if (peer.alive) {
      this.#monitors ??= new Map();
      this.#monitors.set(id, peer);
      peer.watchers.set(id, this);
    } else this.cell.raise({ type: 'down', ref, monitor: id, reason: peer.lifeReason ?? NORMAL });
    return id;
  }

  demonitor(id: MonitorId): void {
    this.#check();
    this.#monitors?.get(id)?.watchers.delete(id);
    this.#monitors?.delete(id);
    this.cell.withdraw((signal) => signal.type === 'down' && signal.monitor === id);
  }

  stop(reason: ExitReason = NORMAL): void {
    this.#check();
    this.cell.stopSoon(reason);
  }

  subscribe<E>(bus: EventBus<E>, options: Subscribe<unknown, E>): Cancel {
    this.#check();
    const subscription = new Subscription(bus, options, () => this.cell.wake());
    const entry = subscription as unknown as Subscription<never, never>;
    this.subscriptions ??= [];
    this.subscriptions.push(entry);
    this.cell.wake();
    return () => {
      subscription.end();
      this.subscriptions = this.subscriptions?.filter((other) => other !== entry);
    };
  }

  /** The message for the next bus event or lag, each bus in its turn. */
  nextBusMessage(subscriptions: Subscription<never, never>[]): unknown {
    for (let i = 0; i < subscriptions.length; i++) {
      const subscription = subscriptions.shift() as Subscription<never, never>;
      subscriptions.push(subscription);
      const message = subscription.next();
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Keeps a call that will be answered later, so that its asker hears when this life ends first. */
  defer(ask: Ask): void {
    this.#deferred ??= new Set();
    const deferred = this.#deferred;
    deferred.add(ask);
    const before = ask.onSettled;
    ask.onSettled = () => {
      deferred.delete(ask);
      before?.();
    };
  }

  joinTo(peer: LifeOwner): void {
    this.#links ??= new Set();
    this.#links.add(peer);
  }

  part(peer: LifeOwner): void {
    this.#links?.delete(peer);
  }

  /** A monitored actor has ended for good. */
  down(ref: AnyRef, id: MonitorId, reason: ExitReason): void {
    this.#monitors?.delete(id);
    this.cell.raise({ type: 'down', ref, monitor: id, reason });
  }

  abort(): void {
    this.#aborter?.abort(new ContextEnded(this.cell.path));
  }

  /** Stops what brings new work: timers and subscriptions. */
  quieten(): void {
    this.#timers?.endAll();
    for (const subscription of this.subscriptions ?? []) subscription.end();
    this.subscriptions = undefined;
  }

  /** Ends the life: its context throws from now on, and whoever depends on it is told. */
  end(reason: ExitReason): void {
    this.over = true;
    this.quieten();
    this.abort();
    for (const [id, peer] of this.#monitors ?? []) peer.watchers.delete(id);
    for (const ask of this.#deferred ?? []) {
      ask.fail(new ActorStopped(this.cell.path, `ended (${reason.type}) before it replied`, causeOf(reason)));
    }
    for (const peer of this.#links ?? []) {
      peer.life?.part(this.cell);
      peer.raise({ type: 'exit', from: this.cell, reason });
    }
  }

  get #host(): Host {
    return this.cell.host;
  }

  #check(): void {
    if (this.over) throw new ContextEnded(this.cell.path);
  }

  #stopWaiting(target: LifeOwner): void {
    const index = this.waits?.indexOf(target) ?? -1;
    if (index >= 0) this.waits?.splice(index, 1);
  }
}

/** The paths from `asker` over those that each handler waits for, back to `asker`; undefined when there is no way. */
function findCycle(asker: LifeOwner, target: LifeOwner): string[] | undefined {
  const seen = new Set<LifeOwner>();
  const follow = (actor: LifeOwner): string[] | undefined => {
    if (actor === asker) return [actor.path];
    if (seen.has(actor)) return undefined;
    seen.add(actor);
    for (const next of actor.life?.waits ?? []) {
      const rest = follow(next);
      if (rest !== undefined) return [actor.path, ...rest];
    }
    return undefined;
  };
  const rest = follow(target);
  return rest === undefined ? undefined : [asker.path, ...rest];
}
