// The service monitor: one actor per service. It has the service checked on a fixed phase, one check at a time, and awaits
// that the outcome is recorded; from where it is checked is vantage.ts's, what outcomes amount to is judged by alerts.
import { type ActorDef, type Call, type Clock, type Ctx, NO_REPLY, type ReplyTo } from '@guardia/kernel';
import {
  type CheckOutcome,
  GuardiaError,
  type HubEvent,
  type ServiceConfig,
  type TargetId,
} from '@guardia/model';
import { delayToPhaseMs } from '../lib/phase.ts';
import type { Located } from './combine.ts';
import type { Checked, Sight } from './public.ts';
import type { ServiceRecord } from './service-record.ts';

/** What a service monitor understands. */
export interface ServiceMonitorProtocol {
  /** A phase of the grid has come. */
  CheckDue: object;
  /** A service that was never checked, and whose first phase is far off, is checked once before it. */
  CheckFirst: object;
  /** Checks at once, or joins the check that is under way. */
  CheckNow: Call<object, CheckOutcome>;
  /** Takes effect with the next check; a changed interval starts a new grid. */
  UpdateConfig: { readonly config: ServiceConfig };
  /** The check under way is over, its recording included. */
  CheckEnded: { readonly ended: PromiseSettledResult<CheckOutcome | null> };
}

/** What a service monitor needs of the hub. */
export interface ServiceMonitorPorts {
  readonly clock: Clock;
  readonly sight: Pick<Sight, 'isBlind'>;
  /** Runs one check from every location; ends early, with anything, when the signal aborts. */
  look(id: TargetId, config: ServiceConfig, signal: AbortSignal): Promise<readonly Located[]>;
  /** Resolves when all of it is stored and judged. A GuardiaError says that storage refused it. */
  record(checked: Checked): Promise<void>;
  publish(event: HubEvent): void;
}

interface ServiceMonitorArgs {
  readonly record: ServiceRecord;
  readonly ports: ServiceMonitorPorts;
}

interface State extends ServiceMonitorArgs {
  /** Askers of the check that is under way. */
  readonly waiting: ReplyTo<CheckOutcome>[];
  readonly stopping: AbortController;
  /** Never rejects. */
  running: Promise<unknown> | null;
  nextDueMono: number;
}

type Context = Ctx<ServiceMonitorProtocol>;

/** Nobody waits an hour to learn how a service is that is checked once an hour. */
const FIRST_WITHIN_MS = 60_000;

export const serviceMonitor: ActorDef<ServiceMonitorProtocol, State, ServiceMonitorArgs> = {
  kind: 'service-monitor',
  init(ctx, args) {
    const stopping = new AbortController();
    ctx.signal.addEventListener('abort', () => stopping.abort());
    const state: State = { ...args, waiting: [], stopping, running: null, nextDueMono: 0 };
    startGrid(state, ctx);
    checkSoon(state, ctx);
    return state;
  },
  on: {
    CheckDue(_message, state, ctx) {
      // While a check runs the due one waits for its end.
      if (state.running === null) startDueCheck(state, ctx);
    },
    CheckFirst(_message, state, ctx) {
      if (state.running === null) startCheck(state, ctx, 0);
    },
    CheckNow(_message, state, ctx) {
      state.waiting.push(ctx.from<CheckOutcome>());
      if (state.running === null) startCheck(state, ctx, 0);
      return NO_REPLY;
    },
    UpdateConfig({ config }, state, ctx) {
      const intervalChanged = config.intervalMs !== state.record.config.intervalMs;
      state.record.config = config;
      if (intervalChanged) startGrid(state, ctx);
    },
    CheckEnded({ ended }, state, ctx) {
      state.running = null;
      answer(state, ended);
      if (state.ports.clock.mono() >= state.nextDueMono) startDueCheck(state, ctx);
    },
  },
  async terminate(_reason, state) {
    state.stopping.abort();
    await state.running;
  },
};

function startGrid(state: State, ctx: Context): void {
  const { record, ports } = state;
  const delayMs = delayToPhaseMs(record.id, record.config.intervalMs, ports.clock.wall());
  state.nextDueMono = ports.clock.mono() + delayMs;
  armGrid(state, ctx);
}

/** Spread over that time by the same hash, so that a thousand services don't start together. */
function checkSoon({ record, ports, nextDueMono }: State, ctx: Context): void {
  const delayMs = delayToPhaseMs(record.id, FIRST_WITHIN_MS, ports.clock.wall());
  const isSooner = ports.clock.mono() + delayMs < nextDueMono;
  if (record.lastCheck === null && isSooner) ctx.timers.after(delayMs, { type: 'CheckFirst' }, 'first');
}

function armGrid(state: State, ctx: Context): void {
  const delayMs = Math.max(0, state.nextDueMono - state.ports.clock.mono());
  ctx.timers.after(delayMs, { type: 'CheckDue' }, 'check');
}

/** Starts the check of the newest phase that has come; older ones that were missed are left out. */
function startDueCheck(state: State, ctx: Context): void {
  const { intervalMs } = state.record.config;
  const lateMs = Math.max(0, state.ports.clock.mono() - state.nextDueMono);
  state.nextDueMono += (Math.floor(lateMs / intervalMs) + 1) * intervalMs;
  armGrid(state, ctx);
  startCheck(state, ctx, lateMs % intervalMs);
}

function startCheck(state: State, ctx: Context, latenessMs: number): void {
  const checking = check(state, latenessMs);
  state.running = checking.catch(() => {});
  ctx.pipe(checking, (ended) => ({ type: 'CheckEnded', ended }));
}

/** @returns null when the monitor was stopped: half a check says nothing about the service */
async function check(state: State, lateMs: number): Promise<CheckOutcome | null> {
  const { record, ports, stopping } = state;
  const latenessMs = Math.round(lateMs);
  const at = Math.round(ports.clock.wall()) - latenessMs;
  const { config } = record;
  const beganMono = ports.clock.mono();
  const found = await ports.look(record.id, config, stopping.signal);
  if (stopping.signal.aborted) return null;
  const durationMs = ports.clock.mono() - beganMono;
  const { isBlind } = ports.sight;
  const checked = record.take(found, config, { at, latenessMs, durationMs, isBlind });
  const { outcome } = checked;
  await ports.record(checked);
  ports.publish({ type: 'service_check', at, targetId: record.id, outcome });
  return outcome;
}

/** @throws what ended the check, unless storage refused the outcome: storage says so itself, and monitors go on, so
 *  that they are there when it is back */
function answer(state: State, ended: PromiseSettledResult<CheckOutcome | null>): void {
  const askers = state.waiting.splice(0);
  if (ended.status === 'rejected') {
    for (const asker of askers) asker.fail(ended.reason);
    if (!(ended.reason instanceof GuardiaError)) throw ended.reason;
  } else if (ended.value !== null) {
    for (const asker of askers) asker.reply(ended.value);
  }
}
