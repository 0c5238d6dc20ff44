// What a rule that counts targets finds: one row, told with the names of those that are counted. Counting is counts.ts's.
import type { Counted, CountNode, RuleConfig, RuleScope } from '@guardia/model';
import { Counts, type Standing } from './counts.ts';
import { type Finding, HUB_ID, keyText, shownValue } from './finding.ts';
import type { PreparedRule } from './prepared.ts';
import type { RuleTarget } from './public.ts';
import { verdictOn } from './verdict.ts';

/** So many targets are named. */
const NAMED = 10;

export function countFinding(
  { rule, members }: PreparedRule,
  targets: readonly RuleTarget[],
  standing: Standing,
): Finding {
  const counts = new Counts(targets, members, standing);
  const { condition, name } = rule;
  const value = counts.value(condition.node as CountNode);
  return {
    key: keyText(HUB_ID, name),
    targetId: HUB_ID,
    instance: name,
    targetName: name,
    address: 'this hub',
    verdict: verdictOn(rule, value),
    value: value.min === value.max ? shownValue(value.min) : null,
    summary: () => summaryOf(rule, counts),
  };
}

/** `3 of 5 servers of tag db are down: db-1, db-2, db-3`; of what must not be few, those that it lacks. */
function summaryOf({ condition, of }: RuleConfig, counts: Counts): string {
  const wanted = [...new Set(countedIn(condition.node as CountNode))];
  const shown = wanted.filter((what) => what !== 'all');
  const isAboutFew = condition.op.startsWith('<');
  const count = counts.of('all').min;
  const all = `${count} ${scopeText(of, count)}`;
  if (shown.length === 0) return `There ${count === 1 ? 'is' : 'are'} ${all}`;
  return shown
    .map((what) => {
      const { min } = counts.of(what);
      const said = `${min} of ${all} ${min === 1 ? 'is' : 'are'} ${what}`;
      const names = namesText(counts.targetsOf(what, !isAboutFew));
      return names === '' ? said : `${said}${isAboutFew ? '; not' : ':'} ${names}`;
    })
    .join('; ');
}

function countedIn(node: CountNode): Counted[] {
  if (node.type === 'arithmetic') return [...countedIn(node.left), ...countedIn(node.right)];
  return node.type === 'count' ? [node.of] : [];
}

function scopeText({ kind, target, tag, group }: RuleScope, count: number): string {
  const parts = [
    `${kind ?? 'target'}${count === 1 ? '' : 's'}`,
    tag === undefined ? '' : `of tag ${tag}`,
    group === undefined ? '' : `of group ${group}`,
    target === undefined ? '' : `called ${target}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function namesText(targets: readonly RuleTarget[]): string {
  const names = targets.slice(0, NAMED).map(({ name }) => name);
  const more = targets.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
