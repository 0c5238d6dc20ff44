// The actor that judges every observation at once and stores what changed. Collectors wait for its answer, which
// comes after the commit; sending belongs to the delivery workers, which it wakes.
import { type ActorDef, type Call, type Ctx, NO_REPLY } from '@guardia/kernel';
import type { Alert, AlertEvent } from '@guardia/model';
import { type HoldOf, Judge } from './judge.ts';
import type { AlertTarget, Observation } from './public.ts';
import type { Change } from './record.ts';
import { type AlertStore, toldNotifiers } from './store.ts';

export interface EngineProtocol {
  Observe: Call<{ readonly observation: Observation }, void>;
  Configure: Call<{ readonly targets: readonly AlertTarget[] }, void>;
  /** Notes who has seen an alert; answers null when none of this id fires. */
  Acknowledge: Call<{ readonly id: string; readonly by: string; readonly note: string }, Alert | null>;
  /** Time has passed that may end the flapping of an alert, or what holds its messages. */
  Tick: object;
  Committed: { readonly result: PromiseSettledResult<void> };
}

export interface EngineDeps {
  readonly store: AlertStore;
  /** The targets as last configured; null before the first time. A new life begins with them. */
  readonly targets: () => readonly AlertTarget[] | null;
  readonly publish: (event: AlertEvent) => void;
  readonly holdOf: HoldOf;
  /** Called after a commit with the name of each notifier that has something to send. */
  readonly wake: (notifier: string) => void;
  /** Called when a commit has failed: state could not be written. */
  readonly commitFailed: (error: unknown) => void;
}

interface Group {
  readonly changes: Change[];
  readonly replies: Reply[];
}

/** Whoever waits for a commit. */
interface Reply {
  committed(): void;
  failed(error: unknown): void;
}

interface EngineState {
  readonly deps: EngineDeps;
  readonly judge: Judge;
  /** What the next commit takes. */
  waiting: Group;
  /** What the commit under way holds, and its end. */
  committing: { readonly group: Group; readonly end: Promise<void> } | null;
  /** Whether the next tick is on its way. */
  ticks: boolean;
}

/** How late time alone may be noticed. The wall clock may jump, so that one timer for the whole wait wouldn't do. */
const TICK_MS = 5_000;

/** The mailbox has no limit of its own: each sender waits for its answer, so it holds at most one observation per
 *  collector. Should a commit fail, this life ends, and the next begins with what is stored: memory is never ahead. */
export const alertEngine: ActorDef<EngineProtocol, EngineState, EngineDeps> = {
  kind: 'alerts',
  mailbox: { capacity: Number.POSITIVE_INFINITY },
  async init(ctx, deps) {
    const judge = new Judge(await deps.store.load(), deps.holdOf);
    const targets = deps.targets();
    if (targets !== null) await settle(judge.configure(targets, ctx.system.clock.wall()), deps);
    return { deps, judge, waiting: emptyGroup(), committing: null, ticks: false };
  },
  started: tickWhileWaiting,
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
      if (s.deps.targets() !== null) s.waiting.changes.push(...s.judge.tick(ctx.system.clock.wall()));
      commitNext(s, ctx);
      tickWhileWaiting(s, ctx);
    },
    Committed({ result }, s, ctx) {
      const { group } = s.committing!;
      s.committing = null;
      if (result.status === 'rejected') {
        refuse(group, result.reason);
        refuse(s.waiting, result.reason);
        s.deps.commitFailed(result.reason);
        throw result.reason;
      }
      tellCommitted(group, s.deps);
      commitNext(s, ctx);
    },
  },
  async terminate(reason, s) {
    if (reason.type !== 'error') await finish(s);
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
  s.waiting.changes.push(...changes);
  const asker = ctx.from<Answer | undefined>();
  s.waiting.replies.push({ committed: () => asker.reply(answer), failed: (error) => asker.fail(error) });
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
  if (s.committing !== null || s.waiting.changes.length === 0) return;
  const group = s.waiting;
  s.waiting = emptyGroup();
  const end = s.deps.store.commit(group.changes);
  s.committing = { group, end };
  ctx.pipe(end, (result) => ({ type: 'Committed', result }));
}

/** Ends what is under way at a stop. */
async function finish(s: EngineState): Promise<void> {
  if (s.committing !== null) {
    await s.committing.end;
    tellCommitted(s.committing.group, s.deps);
  }
  if (s.waiting.changes.length === 0) return;
  await s.deps.store.commit(s.waiting.changes);
  tellCommitted(s.waiting, s.deps);
}

async function settle(changes: readonly Change[], deps: EngineDeps): Promise<void> {
  if (changes.length === 0) return;
  await deps.store.commit(changes);
  tellCommitted({ changes: [...changes], replies: [] }, deps);
}

function tellCommitted({ changes, replies }: Group, { publish, wake }: EngineDeps): void {
  for (const name of new Set(changes.flatMap(toldNotifiers))) wake(name);
  for (const { effect, record, at } of changes) {
    if (effect === 'recovering') continue;
    publish({ type: 'alert', at, targetId: record.alert.targetId, alert: record.alert });
  }
  for (const reply of replies) reply.committed();
}

function refuse({ replies }: Group, error: unknown): void {
  for (const reply of replies) reply.failed(error);
}

function emptyGroup(): Group {
  return { changes: [], replies: [] };
}
