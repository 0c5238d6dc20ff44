// Whether an alert is meant by the conditions of a silence or a maintenance. What follows from it is left to holds.ts.
import { type Alert, type AlertMatch, compileGlob } from '@guardia/model';
import type { AlertTarget } from '../public.ts';

/** What the conditions are held against. */
export type Matched = Pick<
  Alert,
  'targetId' | 'targetName' | 'rule' | 'instance' | 'group' | 'tags' | 'severity'
>;

/** Makes the test of alerts: all conditions must hold, each a text with `*` for any characters. `target` is held
 *  against name and id, `tag` against each tag. Without a condition every alert is meant. */
export function compileMatch(match: AlertMatch): (alert: Matched) => boolean {
  const tests = Object.entries(VALUES).flatMap(([key, valuesOf]) => {
    const glob = match[key as keyof AlertMatch];
    if (glob === undefined) return [];
    const isMeant = compileGlob(glob);
    return (alert: Matched) => valuesOf(alert).some(isMeant);
  });
  return (alert) => tests.every((test) => test(alert));
}

/** Makes the test of targets: whether any alert of one can be meant. */
export function compileTargetMatch(match: AlertMatch): (target: AlertTarget) => boolean {
  const { rule: _rule, instance: _instance, severity: _severity, ...ofTargets } = match;
  const isMeant = compileMatch(ofTargets);
  return ({ id: targetId, name: targetName, group, tags }) =>
    isMeant({ targetId, targetName, group, tags, rule: 'service_down', instance: '', severity: 'critical' });
}

/** What each condition is held against. */
const VALUES: { readonly [Key in keyof Required<AlertMatch>]: (alert: Matched) => readonly string[] } = {
  target: ({ targetName, targetId }) => [targetName, targetId],
  rule: ({ rule }) => [rule],
  instance: ({ instance }) => [instance],
  group: ({ group }) => [group],
  tag: ({ tags }) => tags,
  severity: ({ severity }) => [severity],
};
