// What an observation means to one rule: violation, pass, or nothing. What follows belongs to ../life.ts.
import type { CheckStatus, Frame } from '@guardia/model';
import type { Verdict } from '../life.ts';
import type { Observation, TargetRule } from '../public.ts';
import { visitValues } from './frame-values.ts';
import type { PositionCache } from './positions.ts';

/** One verdict on one instance of a rule. */
export interface Finding {
  readonly instance: string;
  readonly verdict: Verdict;
  /** What was measured; null for rules without a value. */
  readonly value: number | null;
  /** What the far side or the monitor said; null where there is nothing to say. */
  readonly detail: string | null;
}

/** Persistent UNKNOWN is worth an alert from the third in a row at the earliest. */
const MIN_UNKNOWN_GRACE = 3;

/** The rules as judged: `service_down` brings `check_unknown` with it, since a check that can't be made would
 *  otherwise hide a service that is down. It warns the same notifiers. */
export function judgedRules(rules: readonly TargetRule[]): readonly TargetRule[] {
  const down = rules.find((rule) => rule.rule === 'service_down');
  if (down === undefined || rules.some((rule) => rule.rule === 'check_unknown')) return rules;
  const grace = Math.max(MIN_UNKNOWN_GRACE, down.grace);
  return [...rules, { ...down, rule: 'check_unknown', grace, severity: 'warning' }];
}

/** Visits what the observation says to this rule. What says nothing to it isn't visited. */
export function visitFindings(
  rule: TargetRule,
  observation: Observation,
  positions: PositionCache,
  visit: (finding: Finding) => void,
): void {
  switch (observation.type) {
    case 'unreachable':
      if (rule.rule === 'unreachable') visit(plain('violation', observation.error));
      break;
    case 'check': {
      const verdict = checkVerdict(rule, observation.outcome.status);
      if (verdict !== null) visit(plain(verdict, observation.outcome.errorMessage));
      break;
    }
    case 'frame':
      if (rule.rule === 'unreachable') visit(plain('pass', null));
      else visitLimit(rule, observation.frame, positions, visit);
  }
}

function visitLimit(
  rule: TargetRule,
  { layout, values }: Frame,
  positions: PositionCache,
  visit: (finding: Finding) => void,
): void {
  const { limit } = rule;
  if (limit === null) return;
  visitValues(rule, positions.of(layout), values, (instance, value) =>
    visit({ instance, verdict: value > limit ? 'violation' : 'pass', value, detail: null }),
  );
}

function checkVerdict(rule: TargetRule, status: CheckStatus): Verdict | null {
  if (rule.rule === 'check_unknown') return status === 'unknown' ? 'violation' : 'pass';
  if (rule.rule !== 'service_down') return null;
  if (status === 'unknown') return 'unknown';
  return status === 'down' ? 'violation' : 'pass';
}

function plain(verdict: Verdict, detail: string | null): Finding {
  return { instance: '', verdict, value: null, detail };
}
