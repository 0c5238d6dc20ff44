// What was found of one row of a rule, with what it is called and how it is told. How it was found is count-rule.ts's and
// series-rule.ts's.
import type { RuleConfig } from '@guardia/model';
import type { RaisedCondition, RaisedKey } from '../alerts/public.ts';
import type { Found } from './life.ts';

/** The rule of all alerts that are raised here. */
export const RULE = 'custom:rule';

/** What isn't of one target is the hub's. */
export const HUB_ID = 'hub';

export interface Finding extends Found {
  readonly targetId: string;
  readonly instance: string;
  readonly targetName: string;
  readonly address: string;
  /** Null where there is no one number. */
  readonly value: number | null;
  /** One sentence, of how it is now. */
  summary(): string;
}

/** As {@link Found.key}. */
export function keyText(targetId: string, instance: string): string {
  return `${targetId} ${instance}`;
}

/** Ids have no spaces. */
export function raisedKey(key: string): RaisedKey {
  const space = key.indexOf(' ');
  return { targetId: key.slice(0, space), rule: RULE, instance: key.slice(space + 1) };
}

/** Whether an alert of this instance is of this rule. */
export function isOf({ name }: RuleConfig, instance: string): boolean {
  return instance === name || instance.startsWith(`${name}{`);
}

export function conditionOf(
  { condition, severity, alert, repeatMs, escalation }: RuleConfig,
  { key, targetName, address, value, summary }: Finding,
): RaisedCondition {
  return {
    ...raisedKey(key),
    targetName,
    address,
    severity,
    summary: summary(),
    value,
    limit: condition.limit,
    unit: '',
    notifiers: alert,
    repeatMs,
    escalation,
  };
}

/** A number as people like to read it; null for what is none. */
export function shownValue(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
