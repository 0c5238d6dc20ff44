// An alert as the engine holds and stores it, and the changes that observations make to it. When a change happens
// belongs to watch.ts, where it is written to store.ts.
import { type Alert, type EpochMs, type Hold, newId } from '@guardia/model';
import type { Life, LifeEffect } from './life.ts';
import type { Finding } from './managers/manager.ts';
import type { Nag } from './nagging.ts';
import type { AlertTarget, TargetRule } from './public.ts';
import { goneSummary, recoverySummary, troubleSummary, unitOf } from './rules/words.ts';

/** An alert and what only the engine must know of it. */
export interface AlertRecord {
  readonly alert: Alert;
  /** `10.0.0.5:51243` or the URL of the service. */
  readonly address: string;
  /** Grace of the rule under which it was counted: another one starts the count anew. */
  readonly grace: number;
  /** `3 of 5`, or empty; as `grace`. */
  readonly window: string;
  /** See {@link Life}. */
  readonly passes: number;
  readonly recent: number;
  /** After how many milliseconds of firing the last reminder was due. */
  readonly reminders: number;
  /** How many steps of escalation were told. */
  readonly escalations: number;
  /** Rises by one with every stored change of its target. */
  readonly sequence: number;
}

/** One thing that happened to one alert. `released`: what waited is told now, that it fires or that it is over; `calmed`: it
 *  flaps no more, and is told that it fires; `held`: it waits on, for another reason; `recalled`: it fires, and what of it was
 *  to be told and has not left yet waits; `nagged`: it fires on, and is told again or to others; `acknowledged`: somebody has
 *  seen it. */
export type Change = ChangeOf & { readonly record: AlertRecord };

/** What happened, without the record. */
export type ChangeOf = { readonly at: EpochMs } & (
  | {
      readonly effect:
        | Exclude<LifeEffect, 'none'>
        | 'released'
        | 'calmed'
        | 'held'
        | 'recalled'
        | 'acknowledged';
    }
  | { readonly effect: 'nagged'; readonly nag: Nag }
);

/** What is kept of how a condition was counted. */
export function windowText({ window }: Pick<TargetRule, 'window'>): string {
  return window ? `${window.violations} of ${window.of}` : '';
}

/** The record of a condition that holds: pending, or firing from now on. */
export function troubled(
  target: AlertTarget,
  rule: TargetRule,
  finding: Finding,
  {
    before,
    life,
    at,
    sequence,
  }: { before: AlertRecord | undefined; life: Life; at: EpochMs; sequence: number },
): AlertRecord {
  const { instance, value, detail, raised } = finding;
  const targetName = raised?.targetName ?? target.name;
  const alert: Alert = {
    id: before?.alert.id ?? newId('alt'),
    targetId: target.id,
    targetName,
    rule: rule.rule,
    instance,
    state: life.state === 'firing' ? 'firing' : 'pending',
    severity: rule.severity,
    value,
    limit: rule.limit,
    unit: raised?.unit ?? unitOf(rule.rule),
    summary: troubleSummary({ rule: rule.rule, targetName, instance, value, limit: rule.limit, detail }),
    violations: life.violations,
    pendingSince: before?.alert.pendingSince ?? at,
    firedAt: life.state === 'firing' ? at : null,
    resolvedAt: null,
    notifiers: rule.notifiers,
    group: target.group,
    tags: target.tags,
    acknowledged: null,
    held: null,
  };
  return {
    alert,
    address: raised?.address ?? target.address,
    grace: rule.grace,
    window: windowText(rule),
    passes: life.passes,
    recent: life.recent,
    reminders: 0,
    escalations: 0,
    sequence,
  };
}

/** The record with other counts: a pass tells nothing new of the trouble. */
export function recounted(before: AlertRecord, life: Life, sequence: number): AlertRecord {
  const { violations, passes, recent } = life;
  return { ...before, alert: { ...before.alert, violations }, passes, recent, sequence };
}

/** The record of a condition that is over. It keeps the notifiers that were told of its beginning, whatever the rule
 *  says now, the value that broke the limit, and that limit; value and limit of now are in the summary. A wall clock that went back
 *  doesn't end an alert before it began. */
export function ended(
  before: AlertRecord,
  {
    at,
    sequence,
    by,
  }: {
    at: EpochMs;
    sequence: number;
    /** What was found, and under which rule; or what is no longer configured. */
    by: { readonly finding: Finding; readonly rule: TargetRule } | { readonly gone: 'rule' | 'target' };
  },
): AlertRecord {
  const { alert } = before;
  const summary =
    'gone' in by
      ? goneSummary(alert, by.gone)
      : recoverySummary({
          ...alert,
          value: by.finding.value,
          limit: by.rule.limit,
          detail: by.finding.detail,
        });
  const resolvedAt = Math.max(at, alert.firedAt ?? alert.pendingSince);
  return { ...before, alert: { ...alert, state: 'resolved', resolvedAt, summary }, sequence };
}

/** The record with the reason why nobody is told, null for none. */
export function withHold(record: AlertRecord, held: Hold | null): AlertRecord {
  return record.alert.held === held ? record : { ...record, alert: { ...record.alert, held } };
}
