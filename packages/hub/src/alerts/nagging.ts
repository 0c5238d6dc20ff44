// When an alert that fires on is told again, and to whom else: reminders and escalation. Whether it may be told at all is
// judge.ts's.
import type { EpochMs } from '@guardia/model';
import type { TargetRule } from './public.ts';
import type { AlertRecord } from './record.ts';

/** Something to be told of an alert that fires on. `n` makes it one of its kind: the number of the step, or after
 *  how many milliseconds of firing the reminder was due, which rises whatever becomes of the interval. */
export interface Nag {
  readonly kind: 'reminder' | 'escalation';
  readonly n: number;
  readonly notifiers: readonly string[];
}

/** Whether alerts of this rule are told again at all. What was raised to be told once has no rule. */
export function nags(rule: TargetRule | undefined): rule is TargetRule {
  return rule !== undefined && ((rule.repeatMs ?? null) !== null || (rule.escalation ?? []).length > 0);
}

/** What is due and wasn't told yet. Of reminders that were missed only the last; of escalation every step, each of which
 *  tells others. An acknowledged alert is told no more. */
export function dueNags(
  { alert, reminders, escalations }: AlertRecord,
  rule: TargetRule,
  now: EpochMs,
): readonly Nag[] {
  const { state, firedAt, acknowledged } = alert;
  if (state !== 'firing' || firedAt === null || acknowledged !== null) return [];
  const forMs = now - firedAt;
  const { repeatMs, escalation = [] } = rule;
  const steps = escalation
    .map((step, n): Nag & { afterMs: number } => ({
      kind: 'escalation',
      n,
      notifiers: step.alert,
      afterMs: step.afterMs,
    }))
    .filter(({ n, afterMs }) => n >= escalations && forMs >= afterMs)
    .map(({ kind, n, notifiers }) => ({ kind, n, notifiers }));
  const dueMs = repeatMs ? forMs - (forMs % repeatMs) : 0;
  // a notifier that the rule tells no more may be there no more
  const notifiers = alert.notifiers.filter((name) => tells(rule, name));
  const isDue = dueMs > reminders && notifiers.length > 0;
  return isDue ? [...steps, { kind: 'reminder', n: dueMs, notifiers }] : steps;
}

function tells({ notifiers, escalation = [] }: TargetRule, name: string): boolean {
  return notifiers.includes(name) || escalation.some(({ alert }) => alert.includes(name));
}

/** The record as it was before these were due: what was taken back is due again. */
export function takenBack(record: AlertRecord, nags: readonly Pick<Nag, 'kind' | 'n'>[]): AlertRecord {
  const of = (kind: Nag['kind']) => nags.flatMap((nag) => (nag.kind === kind ? [nag.n] : []));
  return {
    ...record,
    escalations: Math.min(record.escalations, ...of('escalation')),
    reminders: Math.min(record.reminders, ...of('reminder').map((n) => n - 1)),
  };
}

/** The record once this was told. Who is told later is told of the end as well. */
export function nagged(record: AlertRecord, { kind, n, notifiers }: Nag): AlertRecord {
  if (kind === 'reminder') return { ...record, reminders: n };
  const all = [...new Set([...record.alert.notifiers, ...notifiers])];
  return { ...record, escalations: n + 1, alert: { ...record.alert, notifiers: all } };
}
