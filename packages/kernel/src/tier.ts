// The children of one supervisor: starts, stops and restarts them by strategy.
// It works beside the supervisor's handlers, so that a child that hangs in init blocks neither siblings nor a stop.

import type { Cell } from './cell.ts';
import type { ChildInfo, ChildSpec, SupervisorOptions } from './child-spec.ts';
import { NoSuchChild, RestartsSpent } from './errors.ts';
import { causeOf, isAbnormal, SHUTDOWN } from './host.ts';
import { stateOf } from './inspect.ts';
import type { Life } from './life.ts';
import { BackoffRow, RestartLimit } from './restart-limit.ts';
import type { ChildEnded } from './runner.ts';
import type { AnyRef, ExitReason } from './types.ts';

interface Child {
  readonly spec: ChildSpec;
  readonly backoff: BackoffRow;
  cell: Cell;
  /** StopChild has been asked: no more restarts. */
  removed: boolean;
  /** When the latest restart worked; a first life has no row of waits that could begin anew. */
  upSinceMs: number;
  /** Cuts the latest back-off short; does nothing once that is over. */
  hurry: (() => void) | undefined;
  /** Work on this child, one thing after another. */
  work: Promise<void>;
}

export class Tier {
  readonly #life: Life;
  readonly #cell: Cell;
  readonly #options: SupervisorOptions;
  readonly #limit: RestartLimit;
  #children: Child[] = [];
  /** Work on the whole group, for strategies that touch siblings. */
  #work: Promise<void> = Promise.resolve();

  constructor(life: Life, options: SupervisorOptions) {
    this.#life = life;
    this.#cell = life.cell as Cell;
    this.#options = options;
    this.#limit = new RestartLimit(options.intensity);
  }

  async add(spec: ChildSpec): Promise<AnyRef> {
    const backoff = new BackoffRow(this.#options.backoff);
    const { cell, begun } = this.#launch(spec);
    const work = Promise.resolve();
    const child: Child = { spec, backoff, cell, removed: false, upSinceMs: 0, hurry: undefined, work };
    this.#children.push(child);
    try {
      await begun;
    } catch (error) {
      this.#forget(child);
      throw error;
    }
    return cell;
  }

  async remove(id: string): Promise<boolean> {
    const child = this.#find(id);
    if (child === undefined) return false;
    this.#forget(child);
    child.hurry?.();
    child.cell.requestStop(SHUTDOWN, this.#nowMs + child.cell.shutdownMs, { final: true });
    await child.cell.ended();
    return true;
  }

  async restart(id: string): Promise<AnyRef> {
    const child = this.#find(id);
    if (child === undefined) throw new NoSuchChild(this.#cell.path, id);
    child.hurry?.();
    await this.#stopForRestart(child);
    try {
      await this.#enqueue(child, () => this.#restartNow(child));
    } catch (error) {
      // Whoever asked is told, and the child is helped like any other that can't start.
      if (child.cell.phase === 'suspended') this.#ended(child.cell, { type: 'error', error });
      throw error;
    }
    return child.cell;
  }

  list(): ChildInfo[] {
    return this.#children.map(({ spec, cell }) => ({
      id: spec.id,
      kind: cell.def.kind,
      ref: cell,
      state: stateOf(cell),
      restarts: cell.incarnation - 1,
    }));
  }

  childEnded({ child, reason }: ChildEnded): void {
    this.#ended(child as Cell, reason);
  }

  #ended(cell: Cell, reason: ExitReason): void {
    const child = this.#children.find((candidate) => candidate.cell === cell);
    if (child === undefined || !startsAgain(child.spec, reason)) {
      cell.finalize(reason);
      if (child?.spec.restart === 'temporary') this.#forget(child);
      return;
    }
    const { incarnation } = cell;
    child.backoff.ended(this.#nowMs - child.upSinceMs);
    void this.#enqueue(child, () =>
      // Another restart of the group may have dealt with it meanwhile.
      cell.incarnation === incarnation ? this.#recover(child, causeOf(reason)) : Promise.resolve(),
    );
  }

  get #nowMs(): number {
    return this.#life.cell.host.clock.mono();
  }

  /** Restarts a child, and by strategy its siblings, until that works or the intensity is spent. */
  async #recover(failed: Child, why: unknown): Promise<void> {
    const group = this.#affectedBy(failed);
    let culprit = failed;
    let cause = why;
    for (;;) {
      await this.#stopGroup(group);
      if (this.#life.over || group.every(({ removed }) => removed)) return;
      if (!this.#limit.take(culprit.spec.id, this.#nowMs)) {
        const { path } = this.#cell;
        this.#cell.raise({
          type: 'fail',
          error: new RestartsSpent(path, culprit.spec.id, this.#limit, cause),
        });
        return;
      }
      await this.#wait(culprit);
      const refused = await this.#startGroup(group);
      if (refused === undefined) return;
      culprit = refused.child;
      cause = refused.error;
    }
  }

  #affectedBy(failed: Child): Child[] {
    const { strategy = 'one_for_one' } = this.#options;
    if (strategy === 'one_for_one') return [failed];
    if (strategy === 'one_for_all') return [...this.#children];
    return this.#children.slice(Math.max(0, this.#children.indexOf(failed)));
  }

  async #stopGroup(group: readonly Child[]): Promise<void> {
    for (const child of [...group].reverse()) {
      if (child.spec.restart === 'temporary') await this.remove(child.spec.id);
      else await this.#stopForRestart(child);
    }
  }

  async #stopForRestart({ cell }: Child): Promise<void> {
    cell.requestStop(SHUTDOWN, this.#nowMs + cell.shutdownMs, { restarting: true });
    await cell.ended();
  }

  /** Starts who is suspended, in order. Returns the first that refuses, and why. */
  async #startGroup(group: readonly Child[]): Promise<{ child: Child; error: unknown } | undefined> {
    for (const child of group) {
      if (child.cell.phase !== 'suspended' || !this.#cell.decides) continue;
      try {
        await this.#restartNow(child);
      } catch (error) {
        const { path, host } = child.cell;
        host.log({ level: 'error', text: 'restart failed', path, error });
        return { child, error };
      }
    }
    return undefined;
  }

  async #restartNow(child: Child): Promise<void> {
    if (child.removed) throw new NoSuchChild(this.#cell.path, child.spec.id);
    if (child.cell.phase === 'suspended') {
      const { def, args } = child.spec.start();
      await child.cell.restart(def, args);
    } else if (child.cell.phase === 'stopped') {
      const { cell, begun } = this.#launch(child.spec);
      child.cell = cell;
      await begun;
    }
    child.upSinceMs = this.#nowMs;
  }

  #launch(spec: ChildSpec): { cell: Cell; begun: Promise<unknown> } {
    const { def, args, mailbox } = spec.start();
    const { id, name, shutdownMs } = spec;
    const cell = this.#cell.createChild(def, { id, name, mailbox, shutdownMs, supervised: true });
    return { cell, begun: cell.begin(args) };
  }

  /** The child's back-off; ends early when somebody can't wait, and never when this life ends first. */
  async #wait(child: Child): Promise<void> {
    const waitMs = child.backoff.nextMs();
    if (waitMs === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#life.timers.arm(waitMs, resolve);
      child.hurry = () => {
        cancel();
        resolve();
      };
    });
  }

  /** With one_for_one children don't wait for each other's restarts; other strategies restart one group at a time. */
  #enqueue(child: Child, task: () => Promise<void>): Promise<void> {
    const alone = (this.#options.strategy ?? 'one_for_one') === 'one_for_one';
    const done = (alone ? child.work : this.#work).then(task);
    const settled = done.catch(() => {});
    if (alone) child.work = settled;
    else this.#work = settled;
    return done;
  }

  #find(id: string): Child | undefined {
    return this.#children.find((child) => child.spec.id === id);
  }

  #forget(child: Child): void {
    child.removed = true;
    this.#limit.forget(child.spec.id);
    this.#children = this.#children.filter((other) => other !== child);
  }
}

function startsAgain({ restart = 'permanent' }: ChildSpec, reason: ExitReason): boolean {
  return restart === 'permanent' || (restart === 'transient' && isAbnormal(reason));
}
