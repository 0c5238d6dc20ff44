// The contract of an alert manager: it reads one kind of observation, and says what each means to the rules of its
// target. What follows from a finding is the same for all managers, and belongs to ../judge.ts.
import type { Verdict } from '../life.ts';
import type { Observation, RaisedCondition, TargetRule } from '../public.ts';

/** One verdict on one instance of a rule. */
export interface Finding {
  readonly instance: string;
  readonly verdict: Verdict;
  /** What was measured; null for rules without a value. */
  readonly value: number | null;
  /** What the far side or the monitor said; null where there is nothing to say. */
  readonly detail: string | null;
  /** Of a raised condition: what only who raised it knows. */
  readonly raised?: Pick<RaisedCondition, 'targetName' | 'address' | 'unit'>;
}

/** Where findings go, one call each. */
export interface FindingSink {
  /** False while nothing of the target counts or fires: a pass would then change nothing, and needn't be made. */
  readonly wantsPasses: boolean;
  found(rule: TargetRule, finding: Finding): void;
}

/** Called by the judge once per observation. Never throws, keeps nothing of the observation. */
export interface AlertManager<Seen extends Observation> {
  /** Finds at most one verdict per rule and instance; nothing for rules to which the observation says nothing. */
  visit(seen: Seen, rules: readonly TargetRule[], sink: FindingSink): void;
}

/** The finding of a rule without instances and values. */
export function plain(verdict: Verdict, detail: string | null): Finding {
  return { instance: '', verdict, value: null, detail };
}
