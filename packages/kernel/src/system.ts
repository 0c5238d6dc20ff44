// A system of actors: the root of the tree, its registry, its status and its shutdown.
// What one actor goes through is in cell.ts; how children are kept alive is in supervisor.ts.

import { Deadlines } from './ask.ts';
import { EventBus } from './bus.ts';
import { Cell } from './cell.ts';
import { type Clock, systemClock } from './clock.ts';
import { NotSupervised } from './errors.ts';
import { BatchExecutor, type Executor } from './executor.ts';
import { type Host, type LogLine, type Placed, SHUTDOWN } from './host.ts';
import { statusOf } from './inspect.ts';
import type { ActorStatus, SystemStatus } from './status.ts';
import type {
  ActorDef,
  ActorRef,
  AnyDef,
  AnyRef,
  DeadLetter,
  ExitReason,
  ShutdownReport,
  SpawnArgs,
  StopOptions,
  System,
} from './types.ts';

export interface ActorSystemOptions {
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default a BatchExecutor */
  readonly executor?: Executor;
  /** Takes lines such as "actor crashed". What it throws is dropped. @default nothing is logged */
  readonly log?: (line: LogLine) => void;
  /**
   * An actor at the root has failed and nobody will start it again; a program ends non-zero here.
   * What it throws is logged.
   */
  readonly onFailure?: (path: string, error: unknown) => void;
}

/** The actor above all others; it has no handlers and takes no messages. */
const ROOT: AnyDef = { kind: 'root', shutdownMs: Number.POSITIVE_INFINITY, init: () => undefined, on: {} };

export class ActorSystem implements System {
  readonly clock: Clock;
  readonly deadLetters = new EventBus<DeadLetter>({ name: 'dead letters' });
  readonly #options: ActorSystemOptions;
  readonly #root: Cell;
  readonly #names = new Map<string, AnyRef>();
  readonly #deadlines: Deadlines;
  readonly #startedMs: number;
  readonly #killed: string[] = [];
  #count = 0;
  #lastId = 0;
  #shutdown: Promise<ShutdownReport> | undefined = undefined;

  constructor(options: ActorSystemOptions = {}) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.#startedMs = this.clock.mono();
    this.#deadlines = new Deadlines(this.clock);
    const executor = options.executor ?? new BatchExecutor();
    this.clock.attach?.(() => executor.busy());
    this.#root = new Cell(this.#host(executor), undefined, ROOT, {
      id: 'root',
      name: undefined,
      mailbox: undefined,
      supervised: false,
      shutdownMs: undefined,
    });
    // Its init can't fail, so nothing is to be awaited.
    void this.#root.begin(undefined);
  }

  spawn<P, S, A>(def: ActorDef<P, S, A>, ...rest: SpawnArgs<A>): Promise<ActorRef<P>> {
    return this.#root.spawnChild(def, rest[0], rest[1]) as Promise<ActorRef<P>>;
  }

  whereIs<P>(name: string): ActorRef<P> | undefined {
    return this.#names.get(name) as ActorRef<P> | undefined;
  }

  find<P>(path: string): ActorRef<P> | undefined {
    return this.#cellAt(path) as ActorRef<P> | undefined;
  }

  stop(ref: AnyRef, options: StopOptions = {}): Promise<ExitReason> {
    const cell = ref as Cell;
    const done = cell.ended();
    const deadlineMs = this.clock.mono() + (options.timeoutMs ?? cell.shutdownMs);
    cell.requestStop(options.reason ?? SHUTDOWN, deadlineMs, { drain: options.drain ?? false });
    return done;
  }

  kill(ref: AnyRef): void {
    (ref as Cell).kill();
  }

  async restart(ref: AnyRef): Promise<void> {
    const { supervised, parent, id, path } = ref as Cell;
    if (!supervised || parent === undefined) {
      throw new NotSupervised(path, `${path}: nobody supervises it; stop it and spawn it again`);
    }
    await parent.ask({ type: 'RestartChild', id } as { type: string }, {
      timeoutMs: Number.POSITIVE_INFINITY,
    });
  }

  inspect(target: AnyRef | string): ActorStatus | undefined {
    if (typeof target !== 'string') return statusOf(target as Cell);
    const cell = target.startsWith('/')
      ? this.#cellAt(target)
      : (this.#names.get(target) as Cell | undefined);
    return cell === undefined ? undefined : statusOf(cell);
  }

  status(): SystemStatus {
    return {
      count: this.#count,
      deadLetters: this.deadLetters.nextSeq - this.deadLetters.firstSeq,
      upMs: this.clock.mono() - this.#startedMs,
      actors: this.#root.children.map(statusOf),
    };
  }

  shutdown(totalMs = 5000): Promise<ShutdownReport> {
    this.#shutdown ??= this.#stopAll(totalMs);
    return this.#shutdown;
  }

  async #stopAll(totalMs: number): Promise<ShutdownReport> {
    const sinceMs = this.clock.mono();
    const done = this.#root.ended();
    this.#root.requestStop(SHUTDOWN, sinceMs + totalMs);
    await done;
    this.#deadlines.stop();
    return { killed: this.#killed, ms: this.clock.mono() - sinceMs };
  }

  #cellAt(path: string): Cell | undefined {
    let cell: Cell | undefined = this.#root;
    for (const part of path.split('/').slice(1)) {
      cell = cell?.children.find((child) => child.id === part);
    }
    return cell === this.#root ? undefined : cell;
  }

  #host(executor: Executor): Host {
    return {
      clock: this.clock,
      executor,
      deadlines: this.#deadlines,
      names: this.#names,
      api: this,
      nextId: () => ++this.#lastId,
      log: (line) => this.#log(line),
      deadLetter: (letter) => this.deadLetters.publish(letter),
      began: () => {
        this.#count += 1;
      },
      ended: (actor, reason) => this.#ended(actor, reason),
      failed: (actor, error) => {
        if (actor.atRoot) this.#failed(actor.path, error);
      },
    };
  }

  #ended(actor: Placed, reason: ExitReason): void {
    this.#count -= 1;
    if (this.#shutdown !== undefined && reason.type === 'killed') this.#killed.push(actor.path);
  }

  /** Called in the middle of an actor's end, which a hook's own failure must not cut short. */
  #log(line: LogLine): void {
    try {
      this.#options.log?.(line);
    } catch {
      // A log that fails can't be told about it.
    }
  }

  #failed(path: string, failure: unknown): void {
    try {
      this.#options.onFailure?.(path, failure);
    } catch (error) {
      this.#log({ level: 'error', text: 'onFailure threw', path, error });
    }
  }
}
