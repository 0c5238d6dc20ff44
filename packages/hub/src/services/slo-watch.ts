// Looks once a minute at how fast each service with an objective spends its error budget, and raises or clears `slo_burn`.
// What too fast is stands in burn-rate.ts; grace, state and telling are left to alerts.
import type { ActorDef, Call, Clock } from '@guardia/kernel';
import { type EpochMs, GuardiaError, type SloConfig } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { RaisedCondition } from '../alerts/public.ts';
import type { PlannedWork } from '../alerts/holds/public.ts';
import type { Alarm } from './alarm.ts';
import { BURN_ALERTS, type BurnAlert, burnRate, burnsTooFast, leastRate } from './burn-rate.ts';
import type { ServiceRecord } from './service-record.ts';

const LOOK_MS = 60_000;

export interface SloWatchArgs {
  readonly clock: Clock;
  readonly series: Pick<SeriesStore, 'uptime'>;
  /** All services, those without an objective too: their alarms of before end. */
  services(): readonly ServiceRecord[];
  readonly alarm: Alarm;
  /** Time that doesn't count. */
  readonly planned: PlannedWork;
}

interface State extends SloWatchArgs {
  /** What was told last, by service and alert: an alarm of an earlier run may still be raised when nothing was. */
  told: Map<string, boolean>;
}

/** What the watch understands. */
export interface SloWatchProtocol {
  /** Looks at every service; answers when all was told. */
  Look: Call<object, void>;
}

export const sloWatch: ActorDef<SloWatchProtocol, State, SloWatchArgs> = {
  kind: 'slo-watch',
  init(ctx, args) {
    ctx.timers.every(LOOK_MS, { type: 'Look' });
    return { ...args, told: new Map() };
  },
  on: {
    async Look(_message, state) {
      const before = state.told;
      state.told = new Map();
      try {
        for (const service of state.services()) {
          for (const alert of BURN_ALERTS) await lookAt(state, before, service, alert);
        }
      } catch (error) {
        // without history there is nothing to see, and storage that fails says so itself; the next look tells all anew
        if (!(error instanceof GuardiaError)) throw error;
      }
    },
  },
};

async function lookAt(
  state: State,
  before: ReadonlyMap<string, boolean>,
  service: ServiceRecord,
  alert: BurnAlert,
): Promise<void> {
  const { slo } = service;
  const longMs = slo === null ? 0 : await downMs(state, service, alert.longMs);
  const shortMs = slo === null || longMs === 0 ? 0 : await downMs(state, service, alert.shortMs);
  const holds = slo !== null && burnsTooFast(alert, slo, { longMs, shortMs });
  const key = `${service.id} ${alert.instance}`;
  if (holds) await state.alarm.raise(condition(service, slo, alert, longMs));
  else if (before.get(key) !== false) await state.alarm.clear(keyOf(service, alert), calm(service));
  state.told.set(key, holds);
}

async function downMs(
  { series, clock, planned }: State,
  service: ServiceRecord,
  windowMs: number,
): Promise<number> {
  const until: EpochMs = clock.wall();
  const since = until - windowMs;
  const excluded = await planned(service.id, { start: since, end: until });
  const query = { targetId: service.id, since, until, maxGapMs: service.speaksForMs, excluded };
  return (await series.uptime(query)).downMs;
}

function keyOf({ id }: ServiceRecord, { instance }: BurnAlert) {
  return { targetId: id, rule: 'slo_burn', instance } as const;
}

function condition(
  service: ServiceRecord,
  { targetPercent, windowMs }: SloConfig,
  alert: BurnAlert,
  downMsOfLong: number,
): RaisedCondition {
  const rate = burnRate(downMsOfLong, alert.longMs, targetPercent);
  const minutes = (downMsOfLong / 60_000).toFixed(1);
  return {
    ...keyOf(service, alert),
    targetName: service.name,
    address: service.address,
    severity: alert.severity,
    summary:
      `${service.name} was down for ${minutes} min of the last ${alert.instance}: it spends its error budget ` +
      `${rate.toFixed(1)} times as fast as an objective of ${targetPercent} % allows.`,
    value: Math.round(rate * 10) / 10,
    limit: Math.round(leastRate(alert, windowMs) * 100) / 100,
    unit: '',
    notifiers: service.config.alert,
  };
}

function calm({ name }: ServiceRecord): string {
  return `${name} spends its error budget no faster than it may.`;
}
