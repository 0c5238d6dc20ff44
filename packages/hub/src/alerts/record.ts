// An alert as the engine holds and stores it, and the changes that observations make to it. When a change happens
// belongs to judge.ts, where it is written to store.ts.
import { type Alert, type EpochMs, newId } from '@guardia/model';
import type { Life, LifeEffect } from './life.ts';
import type { AlertTarget, TargetRule } from './public.ts';
import type { Finding } from './rules/verdicts.ts';
import { recoverySummary, troubleSummary, unitOf } from './rules/words.ts';

/** An alert and what only the engine must know of it. */
export interface AlertRecord {
  readonly alert: Alert;
  /** `10.0.0.5:51243` or the URL of the service. */
  readonly address: string;
  /** Grace of the rule under which it was counted: another one starts the count anew. */
  readonly grace: number;
  /** Rises by one with every stored change of its target. */
  readonly sequence: number;
}

/** One thing that happened to one alert. */
export interface Change {
  readonly effect: Exclude<LifeEffect, 'none'>;
  readonly record: AlertRecord;
  readonly at: EpochMs;
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
  const { instance, value, detail } = finding;
  const alert: Alert = {
    id: before?.alert.id ?? newId('alt'),
    targetId: target.id,
    targetName: target.name,
    rule: rule.rule,
    instance,
    state: life.state === 'firing' ? 'firing' : 'pending',
    severity: rule.severity,
    value,
    limit: rule.limit,
    unit: unitOf(rule.rule),
    summary: troubleSummary({
      rule: rule.rule,
      targetName: target.name,
      instance,
      value,
      limit: rule.limit,
      detail,
    }),
    violations: life.violations,
    pendingSince: before?.alert.pendingSince ?? at,
    firedAt: life.state === 'firing' ? at : null,
    resolvedAt: null,
    notifiers: rule.notifiers,
  };
  return { alert, address: target.address, grace: rule.grace, sequence };
}

/** The record of a condition that is over. It keeps the notifiers that were told of its beginning, whatever the rule
 *  says now, the value that broke the limit, and that limit; value and limit of now are in the summary. A wall clock that went back
 *  doesn't end an alert before it began. */
export function ended(
  before: AlertRecord,
  {
    at,
    sequence,
    passed,
  }: {
    at: EpochMs;
    sequence: number;
    /** What was found, and under which rule; null when no observation ended it. */
    passed: { readonly finding: Finding; readonly rule: TargetRule } | null;
  },
): AlertRecord {
  const { alert } = before;
  const summary =
    passed === null
      ? alert.summary
      : recoverySummary({
          ...alert,
          value: passed.finding.value,
          limit: passed.rule.limit,
          detail: passed.finding.detail,
        });
  const resolvedAt = Math.max(at, alert.firedAt ?? alert.pendingSince);
  return { ...before, alert: { ...alert, state: 'resolved', resolvedAt, summary }, sequence };
}
