// What Uptime Kuma's maintenance becomes: windows where a cron expression says when, silences where it happens once.
// Who it is for are the services that monitors.ts wrote.
import type { Draft } from '../draft.ts';
import { type Fields, parseJson } from '../fields.ts';
import { written } from '../values.ts';
import { instantIn } from '../zoned-time.ts';
import { groupsOf, type KumaData, type KumaMaintenance } from './kuma-data.ts';
import type { Names } from './monitors.ts';

interface Context {
  readonly data: KumaData;
  /** Services by the ids of their monitors. */
  readonly services: Names;
  readonly now: Date;
}

const BY_HAND = 'Write a window or a silence by hand.';

export function addMaintenance(draft: Draft, context: Context): void {
  for (const window of context.data.maintenance) addWindow(draft, window, context);
}

function addWindow(draft: Draft, window: KumaMaintenance, context: Context): void {
  const origin = `maintenance "${window.title}"`;
  const zone = zoneOf(window.fields, context.data);
  const when = whenOf(window, zone, context.now);
  const targets = targetsOf(window, context);
  if ('reason' in when) draft.report.leftOut(origin, when.reason, BY_HAND);
  else if (targets.length === 0) draft.report.leftOut(origin, 'none of its monitors was imported', BY_HAND);
  else for (const target of targets) addPlan(draft, window, { when, target });
  if ('cron' in when && window.fields.has('end_date'))
    draft.report.toCheck(origin, 'windows have no last day here', 'Take it out when it is over.');
}

type When =
  | { readonly starts_at: string; readonly ends_at: string }
  | { readonly cron: string; readonly timezone: string; readonly duration: string | undefined }
  | { readonly reason: string };

function addPlan(draft: Draft, { title }: KumaMaintenance, of: { when: When; target: string }): void {
  const { when, target } = of;
  const origin = `maintenance "${title}"`;
  if (target.includes('*')) {
    const reason = `the * in the name ${target} stands for any characters here: others may be meant as well`;
    draft.report.toCheck(origin, reason, 'Give the service another name, there and in the window.');
  }
  if ('cron' in when)
    draft.plan(origin, 'maintenance', { name: `${title}: ${target}`, match: { target }, ...when });
  else draft.plan(origin, 'silences', { match: { target }, ...when, author: 'Uptime Kuma', reason: title });
}

function whenOf({ fields }: KumaMaintenance, zone: string, now: Date): When {
  if (!(fields.flag('active') ?? true)) return { reason: 'it is not active' };
  const [start, end] = [instantIn(fields.text('start_date'), zone), instantIn(fields.text('end_date'), zone)];
  if (end !== null && end < now) return { reason: 'it is over' };
  if (fields.text('strategy') === 'single') {
    if (start === null || end === null) return { reason: 'its times are not readable' };
    return { starts_at: start.toISOString(), ends_at: end.toISOString() };
  }
  const cron = cronOf(fields);
  const durationS = fields.number('duration') ?? timeOfDayS(fields);
  if (cron === null || durationS === null) return { reason: whyNoCron(fields) };
  return { cron, timezone: zone, duration: written(durationS * 1_000) };
}

/** A window of a group is one of its members. */
function targetsOf(window: KumaMaintenance, { data, services }: Context): string[] {
  const isMeant = (id: number) => window.monitors.includes(id);
  return data.monitors
    .filter((monitor) => [monitor, ...groupsOf(monitor, data)].some(({ id }) => isMeant(id)))
    .map(({ id }) => services.get(id))
    .filter((name) => name !== undefined);
}

function zoneOf(fields: Fields, { timeZone }: KumaData): string {
  const own = fields.text('timezone');
  return own === undefined || own === 'SAME_AS_SERVER' ? (timeZone ?? 'UTC') : own;
}

/** Newer versions keep the expression; older ones only the days. */
function cronOf(fields: Fields): string | null {
  const strategy = fields.text('strategy') ?? '';
  if (strategy === 'recurring-interval' && fields.number('interval_day') !== 1) return null;
  const kept = fields.text('cron')?.trim().replace(/\s+/g, ' ');
  const [hour, minute] = (fields.text('start_time') ?? '').split(':').map(Number);
  if (kept !== undefined) return kept;
  if (hour === undefined || minute === undefined) return null;
  if (strategy === 'recurring-interval') return `${minute} ${hour} * * *`;
  if (strategy === 'recurring-weekday')
    return withDays(fields, 'weekdays', (days) => `${minute} ${hour} * * ${days}`);
  if (strategy !== 'recurring-day-of-month') return null;
  return withDays(fields, 'days_of_month', (days) => `${minute} ${hour} ${days} * *`);
}

/** Of the last days of a month only the very last can be said. */
function withDays(fields: Fields, key: string, write: (days: string) => string): string | null {
  const value = fields.values[key];
  const days: unknown = typeof value === 'string' ? parseJson(value) : value;
  if (!Array.isArray(days) || days.length === 0) return null;
  const texts = days.map((day) => (day === 'lastDay1' ? 'L' : String(day)));
  return texts.every((day) => /^(\d{1,2}|L)$/.test(day)) ? write(texts.join(',')) : null;
}

/** Over midnight where it ends before it begins. */
function timeOfDayS(fields: Fields): number | null {
  const [start, end] = ['start_time', 'end_time'].map((key) => /^(\d+):(\d+)/.exec(fields.text(key) ?? ''));
  if (!start || !end) return null;
  const minutes = ([, hour, minute]: RegExpExecArray) => Number(hour) * 60 + Number(minute);
  return ((minutes(end) - minutes(start) + 1_440) % 1_440) * 60;
}

function whyNoCron(fields: Fields): string {
  const strategy = fields.text('strategy');
  if (strategy === 'manual') return 'it is switched on and off by hand';
  if (strategy === 'recurring-interval')
    return `it comes every ${fields.text('interval_day') ?? 'few'} days, which cron can't say`;
  return "cron can't say when it is";
}
