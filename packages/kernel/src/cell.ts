// The life cycle of one actor: beginning, failure, stop, kill and restart.
// Handlers are run by runner.ts; whether a failed child starts again is decided by its supervisor.

import { Envelope } from './ask.ts';
import { ActorFailed, ActorStopped, InitFailed, messageOf } from './errors.ts';
import { type Host, KILLED, SHUTDOWN } from './host.ts';
import { Life, type LifeOwner } from './life.ts';
import { resolvePolicy } from './mailbox.ts';
import { Member, type Naming } from './member.ts';
import type { Hooks } from './runner.ts';
import type { ErrorStatus } from './status.ts';
import { Stop, type StopWish } from './stop.ts';
import type { AnyDef, AnyRef, ExitReason, MailboxPolicy, MonitorId, SpawnOptions } from './types.ts';

const DEFAULT_SHUTDOWN_MS = 5000;

/** `suspended`: between two lives, waiting for the supervisor. */
type Phase = 'starting' | 'running' | 'stopping' | 'suspended' | 'stopped';

/** How an actor comes into being. */
interface Birth extends Naming {
  readonly mailbox: MailboxPolicy | undefined;
  /** Its supervisor decides about its ends. */
  readonly supervised: boolean;
  readonly shutdownMs: number | undefined;
}

interface Starter {
  resolve(cell: Cell): void;
  reject(error: unknown): void;
}

export class Cell extends Member<Cell> implements LifeOwner {
  phase: Phase = 'starting';
  failures = 0;
  skippedTicks = 0;
  lastError: ErrorStatus | undefined = undefined;
  readonly supervised: boolean;
  #def: AnyDef;
  readonly #shutdownMs: number | undefined;
  #stop: Stop | undefined = undefined;
  #starter: Starter | undefined = undefined;
  #watchers: Map<MonitorId, Life> | undefined = undefined;
  #onLifeEnd: ((reason: ExitReason) => void)[] | undefined = undefined;

  constructor(host: Host, parent: Cell | undefined, def: AnyDef, birth: Birth) {
    super(host, parent, resolvePolicy(birth.mailbox ?? def.mailbox), birth);
    this.#def = def;
    this.supervised = birth.supervised;
    this.#shutdownMs = birth.shutdownMs;
  }

  get def(): AnyDef {
    return this.#def;
  }

  get alive(): boolean {
    return this.phase !== 'stopped';
  }

  get shutdownMs(): number {
    return this.#shutdownMs ?? this.#def.shutdownMs ?? DEFAULT_SHUTDOWN_MS;
  }

  get watchers(): Map<MonitorId, Life> {
    this.#watchers ??= new Map();
    return this.#watchers;
  }

  /** Whether it can still decide about a child's end. */
  get decides(): boolean {
    return this.phase === 'running' || this.phase === 'starting';
  }

  spawnChild(def: AnyDef, args: unknown, options?: SpawnOptions, linkTo?: Life): Promise<AnyRef> {
    const id = options?.id ?? options?.name;
    const { name, mailbox } = options ?? {};
    try {
      const child = this.createChild(def, { id, name, mailbox, supervised: false, shutdownMs: undefined });
      return child.begin(args, linkTo);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Makes a child that has yet to begin. Throws NameRefused, or ActorStopped when this actor is ending. */
  createChild(def: AnyDef, birth: Birth): Cell {
    if (!this.decides) throw new ActorStopped(this.path || '/', 'is stopping and starts no children');
    this.checkNames(birth);
    const child = new Cell(this.host, this, def, birth);
    this.attach(child);
    return child;
  }

  /** Begins a life. Settles when init has succeeded, or when all that a failed init left behind is gone. */
  begin(args: unknown, linkTo?: Life): Promise<Cell> {
    const life = new Life(this, this.hooks.on);
    this.life = life;
    this.phase = 'starting';
    this.lifeReason = undefined;
    this.runHook(
      'init',
      () => this.hooks.init(life, args),
      (state) => this.#initDone(life, state, linkTo),
    );
    if (life.over) return Promise.reject(this.#startError());
    if (this.phase !== 'starting') return Promise.resolve(this);
    return new Promise((resolve, reject) => {
      this.#starter = { resolve, reject };
    });
  }

  /** Starts the next life of a suspended actor. Rejects when its init fails; it is suspended again then. */
  restart(def: AnyDef, args: unknown): Promise<Cell> {
    this.#def = def;
    this.incarnation += 1;
    if (this.mailbox.policy.onRestart === 'clear') this.empty('dropped');
    this.accepting = true;
    return this.begin(args);
  }

  stopSoon(reason: ExitReason): void {
    this.requestStop(reason, this.host.clock.mono() + this.shutdownMs);
  }

  /** Ends the life in order, or by force at the deadline. A second wish can only tighten the first. */
  requestStop(reason: ExitReason, deadlineMs: number, wish: StopWish = {}): void {
    if (this.phase === 'stopped') return;
    if (wish.restarting !== true) this.close();
    if (this.phase === 'suspended') {
      if (wish.final === true) this.finalize(reason);
      return;
    }
    if (this.#stop === undefined) this.#stop = new Stop(reason, deadlineMs, wish);
    else this.#stop.tighten(deadlineMs, wish);
    this.urgent = true;
    if (this.blocked || this.#stop.drain) this.#arm(this.#stop);
    this.wake();
  }

  /** Ends the life now: running promises are abandoned, `terminate` is skipped, children go too. */
  kill(wish: StopWish = {}): void {
    if (this.phase === 'stopped') return;
    if (this.phase === 'suspended') {
      if (wish.final === true) this.finalize(KILLED);
      return;
    }
    this.#stop ??= new Stop(KILLED, 0);
    const stop = this.#stop;
    if (wish.final === true) stop.final = true;
    this.#abandon(stop);
    for (const child of this.children.reverse()) child.kill({ final: true });
    // A listener on the aborted signal may have killed it meanwhile.
    if (this.#stop === stop) this.#endLife(stop, KILLED);
  }

  /** Resolves with the reason when the current life is over; at once when there is none. */
  ended(): Promise<ExitReason> {
    if (this.lifeReason !== undefined) return Promise.resolve(this.lifeReason);
    return new Promise((resolve) => {
      this.#onLifeEnd ??= [];
      this.#onLifeEnd.push(resolve);
    });
  }

  /** Ends the actor for good: its name is free, its mailbox is emptied, its watchers are told. */
  finalize(reason: ExitReason): void {
    this.phase = 'stopped';
    this.lifeReason ??= reason;
    this.parent?.detach(this);
    this.close();
    this.empty('stopped');
    if (this.parent !== undefined) this.host.ended(this, reason);
    const watchers = this.#watchers;
    this.#watchers = undefined;
    for (const [id, life] of watchers ?? []) life.down(this, id, reason);
    if (this.parent?.phase === 'stopping') this.parent.wake();
  }

  protected get hooks(): Hooks {
    return this.#def as unknown as Hooks;
  }

  protected get stopPending(): boolean {
    return this.#stop !== undefined;
  }

  protected stopStep(): boolean {
    const stop = this.#stop;
    if (stop === undefined) return false;
    if (this.phase === 'running') {
      if (stop.drain && this.mailbox.size > 0) return false;
      this.#beginEnd(stop);
    }
    this.#proceed(stop);
    return true;
  }

  /** A hook or handler failed. In `terminate` that changes the reason; anywhere else it ends the life. */
  protected crash(error: unknown): void {
    const { current, phase } = this;
    const reason: ExitReason = { type: 'error', error };
    this.failures += 1;
    this.lastError = { message: messageOf(error), at: this.host.clock.wall() };
    this.rest();
    if (current instanceof Envelope) current.fail(new ActorFailed(this.path, current.msg.type, error));
    // A failed init is for the spawner to report.
    if (phase !== 'starting')
      this.host.log({ level: 'error', text: 'actor crashed', path: this.path, error });
    this.#stop ??= new Stop(reason, this.host.clock.mono() + this.shutdownMs);
    const stop = this.#stop;
    if (phase !== 'stopping' || stop.reason.type !== 'error') stop.reason = reason;
    this.#beginEnd(stop);
    if (phase === 'starting') stop.terminated = true;
    if (!this.supervised) this.close();
    this.blocked = false;
    this.#proceed(stop);
  }

  #initDone(life: Life, state: unknown, linkTo: Life | undefined): void {
    life.state = state;
    life.begun = true;
    this.phase = 'running';
    this.blocked = false;
    if (linkTo !== undefined) linkTo.link(this);
    if (this.hooks.started !== undefined) this.raise({ type: 'started' });
    if (this.urgent || this.mailbox.size > 0 || life.subscriptions !== undefined) this.wake();
    this.#starter?.resolve(this);
    this.#starter = undefined;
  }

  #startError(): Error {
    return this.lifeReason?.type === 'error'
      ? new InitFailed(this.path, this.lifeReason.error)
      : new ActorStopped(this.path, `ended (${this.lifeReason?.type}) before init was done`);
  }

  /** The running hook is over or abandoned; from here on only the stop goes forward. */
  #beginEnd(stop: Stop): void {
    this.phase = 'stopping';
    this.urgent = true;
    // The time left belongs to the children now, and each of them has a deadline.
    stop.drain = false;
    stop.watch(undefined);
    this.life?.quieten();
  }

  /** The next step of a stop: children in reverse order, then `terminate`, then the end. */
  #proceed(stop: Stop): void {
    const child = this.lastChild;
    if (child !== undefined) this.#stopChild(stop, child);
    else if (!stop.terminated && this.hooks.terminate !== undefined) this.#terminate(stop);
    else this.#endLife(stop, stop.killed ? KILLED : stop.reason);
  }

  #stopChild(stop: Stop, child: Cell): void {
    const nowMs = this.host.clock.mono();
    const others = this.childCount - 1 + (stop.terminated || this.hooks.terminate === undefined ? 0 : 1);
    const deadlineMs = nowMs + Math.min(child.shutdownMs, stop.shareMs(nowMs, others));
    // No timer of its own: the child ends by its deadline, which is never later than this actor's.
    child.requestStop(SHUTDOWN, deadlineMs, { final: true });
  }

  #terminate(stop: Stop): void {
    stop.terminated = true;
    const life = this.life as Life;
    this.runHook(
      'terminate',
      () => this.hooks.terminate?.(stop.reason, life.state, life),
      () => this.#proceed(stop),
    );
    if (this.blocked && !life.over) this.#arm(stop);
  }

  /** Sets the timer for the next point at which patience ends. */
  #arm(stop: Stop): void {
    const nowMs = this.host.clock.mono();
    const leftMs = stop.shareMs(nowMs, this.childCount);
    stop.watch(this.host.clock.after(leftMs, () => this.#outOfPatience(stop)));
  }

  #outOfPatience(stop: Stop): void {
    this.#abandon(stop);
    // A listener on the aborted signal may have killed it meanwhile.
    if (this.#stop !== stop) return;
    this.#beginEnd(stop);
    this.blocked = false;
    this.#proceed(stop);
  }

  /** Gives up on the running hook: its signal aborts, its asker is told, its result will be out of date. */
  #abandon(stop: Stop): void {
    const { current } = this;
    this.turn += 1;
    stop.killed = true;
    stop.terminated = true;
    this.life?.abort();
    this.rest();
    if (current instanceof Envelope) current.fail(new ActorStopped(this.path, 'was killed'));
    this.host.log({ level: 'warn', text: 'actor killed', path: this.path });
  }

  #endLife(stop: Stop, reason: ExitReason): void {
    const starter = this.#starter;
    const onLifeEnd = this.#onLifeEnd;
    const life = this.life as Life;
    const initializing = !life.begun;
    stop.watch(undefined);
    this.#stop = undefined;
    this.#onLifeEnd = undefined;
    this.signals = undefined;
    this.blocked = true;
    this.lifeReason = reason;
    this.phase = 'suspended';
    life.end(reason);
    const parent = this.#decider(stop, initializing);
    if (parent === undefined) this.finalize(reason);
    else if (!initializing && !stop.restarting) parent.raise({ type: 'child', child: this, reason });
    starter?.reject(this.#startError());
    if (reason.type === 'error' && parent === undefined && !initializing)
      this.host.failed(this, reason.error);
    for (const resolve of onLifeEnd ?? []) resolve(reason);
  }

  /** The supervisor that decides what comes after a life; undefined when the actor ends with it. */
  #decider(stop: Stop, initializing: boolean): Cell | undefined {
    if (!this.supervised || stop.final || (initializing && this.incarnation === 1)) return undefined;
    return this.parent?.decides === true ? this.parent : undefined;
  }
}
