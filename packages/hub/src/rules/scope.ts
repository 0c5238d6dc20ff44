// Which targets a rule is about, and its selectors with their ids in place of names. What is asked of storage with that
// is left to prepared.ts.
import {
  compileGlob,
  compileSelector,
  type LabelMatcher,
  type RuleScope,
  TARGET_LABEL,
} from '@guardia/model';
import type { SeriesNode } from '@guardia/series';
import type { RuleTarget } from './public.ts';

type IsMeant = (target: RuleTarget) => boolean;

/** Makes the test of targets: all conditions must hold. */
export function compileScope({ kind, target, tag, group }: RuleScope): IsMeant {
  const tests: IsMeant[] = [];
  const add = (glob: string | undefined, valuesOf: (target: RuleTarget) => readonly string[]): void => {
    if (glob === undefined) return;
    const isMeant = compileGlob(glob);
    tests.push((target) => valuesOf(target).some(isMeant));
  };
  add(kind, (each) => [each.kind]);
  add(target, ({ names }) => names);
  add(tag, ({ tags }) => tags);
  add(group, (each) => [each.group]);
  return (each) => tests.every((test) => test(each));
}

/** The selector with ids of these targets in place of what it says of the label `target`. */
export function withTargets({ selector, ...rest }: SeriesNode, targets: readonly RuleTarget[]): SeriesNode {
  const { matchers = [], ...others } = selector;
  const isOfTarget = ({ label }: LabelMatcher): boolean => label === TARGET_LABEL;
  const tests = matchers.filter(isOfTarget).map(nameTest);
  const meant = targets.filter((target) => tests.every((test) => test(target)));
  const resolved = {
    ...others,
    matchers: matchers.filter((matcher) => !isOfTarget(matcher)),
    targets: meant.map(({ id }) => id),
  };
  return { ...rest, selector: resolved };
}

/** One of its names may be meant, but none may be excluded. */
function nameTest(matcher: LabelMatcher): IsMeant {
  const holds = compileSelector({ matchers: [matcher] });
  const isName = (name: string): boolean => holds(name, '');
  const isNegative = matcher.op.startsWith('!');
  return ({ names }) => (isNegative ? names.every(isName) : names.some(isName));
}
