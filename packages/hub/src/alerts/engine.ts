// The actor that judges every observation at once and stores what changed. Collectors wait for its answer, which
// comes after the commit; sending belongs to the delivery workers, which it wakes.
import { type ActorDef, type Call, type Ctx, NO_REPLY } from '@guardia/kernel';
import type { Alert, AlertEvent, TargetId } from '@guardia/model';
import { type Committed, commitChanges, fitting, type Refusal } from './committing.ts';
import { type HoldOf, Judge } from './judge.ts';
import { patiently } from './patience.ts';
import type { AlertTarget, Observation } from './public.ts';
import type { Change } from './record.ts';
import { type AlertStore, toldNotifiers } from './store.ts';
import type { Recall } from './stored.ts';

export interface EngineProtocol {
  Observe: Call<{ readonly observation: Observation }, void>;
  Configure: Call<{ readonly targets: readonly AlertTarget[] }, void>;
  /** Notes who has seen an alert; answers null when none of this id fires. */
  Acknowledge: Call<{ readonly id: string; readonly by: string; readonly note: string }, Alert | null>;
  /** Time has passed that may end the flapping of an alert, or what holds its messages. */
  Tick: object;
  Committed: { readonly result: PromiseSettledResult<Committed> };
}

export interface EngineDeps {
  readonly store: AlertStore;
  /** The targets as last configured; null before the first time. A new life begins with them. */
  readonly targets: () => readonly AlertTarget[] | null;
  readonly publish: (event: AlertEvent) => void;
  readonly holdOf: HoldOf;
  /** Called after a commit with the name of each notifier that has something to send. */
  readonly wake: (notifier: string) => void;
  /** Called whenever a commit has failed, also where it is tried again: state could not be written. */
  readonly commitFailed: (error: unknown) => void;
  /** Called for each alert that the database won't have, after the commit without it. */
  readonly refused: (refusal: Refusal) => void;
}

/** A change that isn't committed, and who waits for that; null: nobody. */
interface Waiting {
  readonly change: Change;
  readonly asker: Asker | null;
}

/** Whoever waits until all that an observation changed is committed. */
interface Asker {
  /** Changes that aren't committed yet. */
  open: number;
  /** Why one of those before was not; undefined: each was. */
  error: unknown;
  committed(): void;
  failed(error: unknown): void;
}

interface EngineState {
  readonly deps: EngineDeps;
  readonly judge: Judge;
  /** What the next commit takes. */
  waiting: Waiting[];
  /** What the commit under way holds, and its end. */
  committing: { readonly group: readonly Waiting[]; readonly end: Promise<Committed> } | null;
  /** Whether the next tick is on its way. */
  ticks: boolean;
}

/** How late time alone may be noticed. The wall clock may jump, so that one timer for the whole wait wouldn't do. */
const TICK_MS = 5_000;

/** The mailbox has no limit of its own: each sender waits for its answer, so it holds at most one observation per
 *  collector. A commit is tried again while the database is locked or out of reach, and what changes meanwhile waits for
 *  the next. What the database refuses of one alert is left out, and its target begins again with what is stored. Should
 *  a commit fail otherwise, this life ends, and the next begins with what is stored: memory is never ahead. */
export const alertEngine: ActorDef<EngineProtocol, EngineState, EngineDeps> = {
  kind: 'alerts',
  mailbox: { capacity: Number.POSITIVE_INFINITY },
  async init(ctx, deps) {
    const judge = new Judge(await deps.store.load(), deps.holdOf);
    const targets = deps.targets();
    const changes = targets === null ? [] : judge.configure(targets, ctx.system.clock.wall());
    return { deps, judge, waiting: changes.map(untold), committing: null, ticks: false };
  },
  started(s, ctx) {
    tickWhileWaiting(s, ctx);
    commitNext(s, ctx);
  },
  on: {
    Observe({ observation }, s, ctx) {
      const changes = s.judge.observe(observation);
      // one that fired before a restart may be told again from now on
      if (observation.type === 'raised') tickWhileWaiting(s, ctx);
      return answerAfterCommit(changes, s, ctx);
    },
    Configure({ targets }, s, ctx) {
      const changes = s.judge.configure(targets, ctx.system.clock.wall());
      // what fires already may be told again from now on
      tickWhileWaiting(s, ctx);
      return answerAfterCommit(changes, s, ctx);
    },
    Acknowledge({ id, by, note }, s, ctx) {
      const change = s.judge.acknowledge(id, { at: ctx.system.clock.wall(), by, note });
      if (change === null) return null;
      return answerAfterCommit([change], s, ctx, change.record.alert) ?? null;
    },
    Tick(_, s, ctx) {
      s.ticks = false;
      // what holds alerts isn't known before
      if (s.deps.targets() !== null) s.waiting.push(...s.judge.tick(ctx.system.clock.wall()).map(untold));
      commitNext(s, ctx);
      tickWhileWaiting(s, ctx);
    },
    async Committed({ result }, s, ctx) {
      const { group } = s.committing!;
      s.committing = null;
      if (result.status === 'rejected') giveUp(result.reason, group, s);
      for (const recall of result.value.recalls) s.judge.recalled(recall);
      const refused = takeIn(group, result.value, s);
      if (refused.size > 0) await restore(refused, s);
      commitNext(s, ctx);
      tickWhileWaiting(s, ctx);
    },
  },
  async terminate(reason, s, ctx) {
    if (reason.type !== 'error') await finish(s, ctx);
  },
};

function answerAfterCommit<Answer>(
  changes: readonly Change[],
  s: EngineState,
  ctx: Ctx<EngineProtocol>,
  answer?: Answer,
): typeof NO_REPLY | undefined {
  if (changes.length === 0) return undefined;
  tickWhileWaiting(s, ctx);
  const from = ctx.from<Answer | undefined>();
  const asker: Asker = {
    open: changes.length,
    error: undefined,
    committed: () => from.reply(answer),
    failed: (error) => from.fail(error),
  };
  s.waiting.push(...changes.map((change) => ({ change, asker })));
  commitNext(s, ctx);
  return NO_REPLY;
}

function tickWhileWaiting(s: EngineState, ctx: Ctx<EngineProtocol>): void {
  if (s.ticks || !s.judge.waits) return;
  s.ticks = true;
  ctx.timers.after(TICK_MS, { type: 'Tick' }, 'tick');
}

/** Group commit: while one commit runs, everything that changes waits together for the next. */
function commitNext(s: EngineState, ctx: Ctx<EngineProtocol>): void {
  if (s.committing !== null || s.waiting.length === 0) return;
  const group = nextGroup(s);
  const end = commit(group, s, ctx);
  s.committing = { group, end };
  ctx.pipe(end, (result) => ({ type: 'Committed', result }));
}

function nextGroup(s: EngineState): readonly Waiting[] {
  return s.waiting.splice(0, fitting(s.waiting));
}

function commit(
  group: readonly Waiting[],
  { deps: { store, commitFailed } }: EngineState,
  { system, signal }: Ctx<EngineProtocol>,
): Promise<Committed> {
  const patience = { clock: system.clock, signal, isRepeatable: true, failed: commitFailed };
  return commitChanges(
    group.map(({ change }) => change),
    (changes) => patiently(() => store.commit(changes), patience),
  );
}

/** Ends what is under way at a stop, which kills whoever takes too long. */
async function finish(s: EngineState, ctx: Ctx<EngineProtocol>): Promise<void> {
  if (s.committing !== null) takeIn(s.committing.group, await s.committing.end, s);
  while (s.waiting.length > 0) {
    const group = nextGroup(s);
    takeIn(group, await commit(group, s, ctx), s);
  }
}

/** Tells what came of a commit. @returns the targets of which something was refused */
function takeIn(
  group: readonly Waiting[],
  { recalls, refusals }: Committed,
  s: EngineState,
): ReadonlySet<TargetId> {
  const errors = new Map(refusals.map(({ change, error }) => [change.record.alert.id, error]));
  const errorOf = ({ change }: Waiting) => errors.get(change.record.alert.id);
  const stored = group.filter((waiting) => errorOf(waiting) === undefined).map(({ change }) => change);
  tellStored(stored, recalls, s.deps);
  for (const waiting of group) settle(waiting, errorOf(waiting));
  for (const refusal of refusals) {
    s.deps.refused(refusal);
    refuseWaiting(refusal, s);
  }
  return new Set(refusals.map(({ change }) => change.record.alert.targetId));
}

/** What waits of the target of a refused alert follows from what isn't stored. */
function refuseWaiting({ change: { record }, error }: Refusal, s: EngineState): void {
  const { targetId } = record.alert;
  const { its = [], others = [] } = Object.groupBy(s.waiting, ({ change }) =>
    change.record.alert.targetId === targetId ? 'its' : 'others',
  );
  s.waiting = others;
  for (const waiting of its) settle(waiting, error);
}

function tellStored(
  changes: readonly Change[],
  recalls: readonly Recall[],
  { publish, wake }: EngineDeps,
): void {
  for (const name of new Set(changes.flatMap(toldNotifiers))) wake(name);
  const unheld = new Set(recalls.filter(({ isHeld }) => !isHeld).map(({ alert }) => alert));
  for (const { effect, record, at } of changes) {
    if (effect === 'recovering' || unheld.has(record.alert)) continue;
    publish({ type: 'alert', at, targetId: record.alert.targetId, alert: record.alert });
  }
}

/** Answers when this was the last of what its observation changed. */
function settle({ asker }: Waiting, error: unknown): void {
  if (asker === null) return;
  asker.error ??= error;
  asker.open -= 1;
  if (asker.open > 0) return;
  if (asker.error === undefined) asker.committed();
  else asker.failed(asker.error);
}

async function restore(targets: ReadonlySet<TargetId>, s: EngineState): Promise<void> {
  try {
    const stored = await s.deps.store.load();
    for (const id of targets) s.judge.restore(id, stored);
  } catch (error) {
    giveUp(error, [], s);
  }
}

/** Ends this life. */
function giveUp(error: unknown, group: readonly Waiting[], s: EngineState): never {
  for (const waiting of [...group, ...s.waiting]) settle(waiting, error);
  s.deps.commitFailed(error);
  throw error;
}

/** Nobody waits for it. */
function untold(change: Change): Waiting {
  return { change, asker: null };
}
