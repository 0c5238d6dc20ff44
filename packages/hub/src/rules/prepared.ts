// What is worked out once per configuration: which targets each rule is about, and which series storage is asked for, each
// selector once for all rules. Asking is looking.ts's.
import type { RuleConfig } from '@guardia/model';
import { type SeriesNode, seriesNodes } from '@guardia/series';
import type { Members } from './counts.ts';
import type { RuleTarget, Watched } from './public.ts';
import { compileScope, withTargets } from './scope.ts';

/** One selector over the latest readings. */
export interface Question {
  readonly node: SeriesNode;
  readonly windowMs: number;
  /** How many it had when it was asked last; infinite while that isn't known. */
  rows: number;
}

export interface PreparedRule {
  readonly rule: RuleConfig;
  readonly members: Members;
  /** The question of each selector of its expression; null for counts. */
  readonly questions: ReadonlyMap<SeriesNode, Question> | null;
}

export interface Prepared extends Watched {
  readonly prepared: readonly PreparedRule[];
  /** Of all rules, by window. */
  readonly questions: readonly Question[];
  readonly byId: ReadonlyMap<string, RuleTarget>;
  /** Whether any rule counts targets of which an alert fires. */
  readonly needsFiring: boolean;
}

export function prepare(watched: Watched): Prepared {
  const { rules, targets } = watched;
  const shared = new Map<string, Question>();
  const ask = ({ of, windowMs }: RuleConfig, members: Members, node: SeriesNode): Question => {
    const key = JSON.stringify([node, of, windowMs]);
    const known = shared.get(key);
    if (known !== undefined) return known;
    const meant = members.map((at) => targets[at]!);
    const question = { node: withTargets(node, meant), windowMs, rows: Number.POSITIVE_INFINITY };
    shared.set(key, question);
    return question;
  };
  const prepared = rules.map((rule) => {
    const isMeant = compileScope(rule.of);
    const members = targets.flatMap((target, at) => (isMeant(target) ? [at] : []));
    if (rule.condition.type === 'count') return { rule, members, questions: null };
    const selectors = seriesNodes(rule.condition.node);
    return { rule, members, questions: new Map(selectors.map((node) => [node, ask(rule, members, node)])) };
  });
  return {
    ...watched,
    prepared,
    questions: [...shared.values()].sort((a, b) => a.windowMs - b.windowMs),
    byId: new Map(targets.map((target) => [target.id, target])),
    needsFiring: rules.some(({ condition }) => /count\s*\(\s*firing\s*\)/.test(condition.text)),
  };
}
