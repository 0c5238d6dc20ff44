// Rule 10 where the parent names no notifier: nobody hears of it, so its children are told themselves.
import { expect, test } from 'vitest';
import { type HoldOf, Judge } from './judge.ts';
import type { AlertTarget, TargetRule } from './public.ts';
import { check, NOTHING_STORED, target, USAGE_RULE, usage } from './test/observations.ts';

const DOWN_RULE: TargetRule = { ...USAGE_RULE, rule: 'service_down', limit: null };
const HELD = { reason: 'parent', by: 'db' } as const;

const holdOf: HoldOf = ({ targetId }, isTroubled) =>
  targetId === 'srv_child' && isTroubled('svc_db') ? HELD : null;

/** The database goes down, then its child fails. @returns by what the child is held */
function heldBy(parent: Partial<TargetRule>) {
  const judge = new Judge(NOTHING_STORED, holdOf);
  const child: AlertTarget = { ...target('srv_child'), dependsOn: ['svc_db'] };
  judge.configure([target('svc_db', [{ ...DOWN_RULE, ...parent }]), child], 0);
  judge.observe(check({ targetId: 'svc_db', at: 1, status: 'down' }));
  return judge.observe(usage('srv_child', 99, 2))[0]!.record.alert.held;
}

test.each<[string, Partial<TargetRule>]>([
  ['tells somebody', {}],
  ['waits for its grace', { grace: 3 }],
  ['tells somebody after a while', { notifiers: [], escalation: [{ afterMs: 60_000, alert: ['boss'] }] }],
])('rule 10: a child is held by a parent that %s', (_, parent) => {
  expect(heldBy(parent)).toEqual(HELD);
});

test('rule 10: a parent whose alert names no notifier holds nothing, or nobody would hear of either', () => {
  expect(heldBy({ notifiers: [] })).toBeNull();
});

test('rule 10: what of the child has not left is not taken back for a parent that tells nobody', () => {
  const judge = new Judge(NOTHING_STORED, holdOf);
  const child: AlertTarget = { ...target('srv_child'), dependsOn: ['svc_db'] };
  judge.configure([target('svc_db', [{ ...DOWN_RULE, notifiers: [] }]), child], 0);
  judge.observe(usage('srv_child', 99, 1));
  const changes = judge.observe(check({ targetId: 'svc_db', at: 2, status: 'down' }));
  expect(changes.map(({ effect }) => effect)).toEqual(['fired']);
});
