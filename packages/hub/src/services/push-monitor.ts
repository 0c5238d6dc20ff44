// The push monitor: one actor per service that reports by itself (a dead man's switch). A report is an outcome at once,
// and silence beyond interval and grace is DOWN; who may report is push-keys.ts's, what outcomes amount to is judged by
// alerts.
import type { CheckResult } from '@guardia/checks';
import type { ActorDef, Call, Ctx } from '@guardia/kernel';
import {
  type CheckOutcome,
  type EpochMs,
  formatDuration,
  GuardiaError,
  type PushCheckSpec,
  type ServiceConfig,
} from '@guardia/model';
import type { PushReport, Sight, SightTarget } from './public.ts';
import type { ServiceMonitorPorts } from './service-monitor.ts';
import type { ServiceRecord } from './service-record.ts';
import { HUB, unknownResult, unseen } from './vantage.ts';

/** What a push monitor understands. */
export interface PushMonitorProtocol {
  Reported: { readonly report: PushReport; readonly at: EpochMs; readonly mono: number };
  /** Silence has lasted as long as it may, or one interval longer. */
  SilenceDue: object;
  /** Answers what the service amounts to; there is nothing to ask. */
  CheckNow: Call<object, CheckOutcome>;
  UpdateConfig: { readonly config: ServiceConfig };
}

type PushMonitorPorts = Pick<ServiceMonitorPorts, 'clock' | 'record' | 'publish'> & {
  readonly sight: Sight;
};

interface PushMonitorArgs {
  readonly record: ServiceRecord;
  readonly ports: PushMonitorPorts;
}

interface State extends PushMonitorArgs {
  /** When a report that all is well was last stored, on the monotonic clock. */
  wellAtMono: number;
}

type Context = Ctx<PushMonitorProtocol>;

/** What says the same within this time isn't stored again: some report in an endless loop. */
const SAME_MS = 1_000;

export const pushMonitor: ActorDef<PushMonitorProtocol, State, PushMonitorArgs> = {
  kind: 'push-monitor',
  init(ctx, args) {
    armSilence(args, ctx);
    return { ...args, wellAtMono: Number.NEGATIVE_INFINITY };
  },
  on: {
    async Reported({ report, at, mono }, state, ctx) {
      state.record.quietSinceMono = mono;
      state.ports.sight.forget(state.record.id);
      armSilence(state, ctx);
      const isWell = report.status === 'up';
      if (isWell && state.record.status === 'up' && mono - state.wellAtMono < SAME_MS) return;
      const isStored = await take(state, resultOf(report), at);
      if (isWell && isStored) state.wellAtMono = mono;
    },
    async SilenceDue(_message, state, ctx) {
      const { record, ports } = state;
      // the next outcome of a silence that lasts
      ctx.timers.after(record.config.intervalMs, { type: 'SilenceDue' }, 'silence');
      const at = Math.round(ports.clock.wall());
      const result = silence(record, ports.clock.mono());
      const isBelieved = await ports.sight.confirm(targetOf(record));
      await take(state, isBelieved ? result : unseen(result), at);
    },
    CheckNow(_message, { record, ports }) {
      return record.lastCheck ?? notYet(record, ports.clock.wall());
    },
    UpdateConfig({ config }, state, ctx) {
      state.record.config = config;
      armSilence(state, ctx);
    },
  },
};

/** Counts from the last report; after a start of the hub from there, as nobody could report before. */
function armSilence({ record, ports }: PushMonitorArgs, ctx: Context): void {
  const dueMono = record.quietSinceMono + allowedMs(record);
  ctx.timers.after(Math.max(0, dueMono - ports.clock.mono()), { type: 'SilenceDue' }, 'silence');
}

/** @returns false when storage refused it */
async function take({ record, ports }: PushMonitorArgs, result: CheckResult, at: EpochMs): Promise<boolean> {
  const durationMs = result.responseTimeMs ?? Number.NaN;
  const time = { at, latenessMs: 0, durationMs, isBlind: ports.sight.isBlind };
  const checked = record.take([{ location: HUB, result }], record.config, time);
  try {
    await ports.record(checked);
  } catch (error) {
    // storage says by itself that it refuses; the monitor goes on, so that it is there when storage is back
    if (!(error instanceof GuardiaError)) throw error;
    return false;
  }
  ports.publish({ type: 'service_check', at, targetId: record.id, outcome: checked.outcome });
  return true;
}

function resultOf({ status, message, pingMs }: PushReport): CheckResult {
  const errorMessage = status === 'up' ? null : `it reports that it is down${message ? `: ${message}` : ''}`;
  return { ...unknownResult(''), status, errorMessage, responseTimeMs: pingMs };
}

function silence(record: ServiceRecord, nowMono: number): CheckResult {
  const quietMs = Math.floor((nowMono - record.quietSinceMono) / 1_000) * 1_000;
  const { intervalMs } = record.config;
  const errorMessage =
    `no report for ${formatDuration(quietMs)}, expected one every ${formatDuration(intervalMs)} ` +
    `(and at most ${formatDuration(pushSpec(record).graceMs)} late)`;
  return { ...unknownResult(errorMessage), status: 'down' };
}

function notYet(record: ServiceRecord, now: EpochMs): CheckOutcome {
  const {
    degradedBy: _degradedBy,
    readings: _readings,
    ...found
  } = unknownResult(
    `no report since the hub began to watch; one is expected within ${formatDuration(allowedMs(record))}`,
  );
  return { targetId: record.id, at: Math.round(now), ...found, location: HUB, latenessMs: 0 };
}

/** Reports come to the hub, so that nothing can be asked. */
function targetOf({ id, name }: ServiceRecord): SightTarget {
  return { id, name, host: `push:${id}`, retry: null };
}

function allowedMs(record: ServiceRecord): number {
  return record.config.intervalMs + pushSpec(record).graceMs;
}

/** A push monitor is only started for, and told of, services of this type. */
function pushSpec({ config }: ServiceRecord): PushCheckSpec {
  return config.check as PushCheckSpec;
}
