// What observations and configurations change in memory: one step of a life each, and nothing at all when healthy.
import type { CheckStatus } from '@guardia/model';
import { describe, expect, it } from 'vitest';
import { Judge } from './judge.ts';
import type { AlertTarget, Observation, TargetRule } from './public.ts';
import type { Change } from './record.ts';
import { toldNotifiers } from './store.ts';
import { NOTHING_STORED, check as checked, frame, target as watched } from './test/observations.ts';

const LIMIT: TargetRule = { rule: 'usage', limit: 90, grace: 2, severity: 'warning', notifiers: ['ops'] };
const UNREACHABLE: TargetRule = {
  ...LIMIT,
  rule: 'unreachable',
  limit: null,
  grace: 2,
  severity: 'critical',
};
const DOWN: TargetRule = { ...LIMIT, rule: 'service_down', limit: null, grace: 2, severity: 'critical' };

function setup(rules: readonly TargetRule[]) {
  const judge = new Judge(NOTHING_STORED);
  const target: AlertTarget = { ...watched('srv_a', rules), name: 'web-1' };
  let at = 1_000;
  const told = (changes: readonly Change[]) =>
    changes.map(({ effect, record }) => `${record.alert.rule}:${effect}`);
  const observe = (observation: Observation) => judge.observe(observation);
  const observeFrame = (samples: Record<string, number>) => observe(frame('srv_a', samples, at++));
  const usage = (value: number) => told(observeFrame({ 'cpu.usage': value }));
  const unreachable = () =>
    told(observe({ type: 'unreachable', targetId: 'srv_a', at: at++, error: 'refused' }));
  const check = (status: CheckStatus) => told(observe(checked({ targetId: 'srv_a', at: at++, status })));
  const configure = (next: readonly TargetRule[] | null) =>
    told(judge.configure(next === null ? [] : [{ ...target, rules: next }], at++));
  configure(rules);
  return { judge, observe, observeFrame, usage, unreachable, check, configure };
}

describe('judging', () => {
  it('rule 6: counts, fires at the n-th violation, resolves at the first pass', () => {
    const { usage } = setup([LIMIT]);
    expect([95, 95, 95, 50, 50].map(usage)).toEqual([
      ['usage:counted'],
      ['usage:fired'],
      [],
      ['usage:resolved'],
      [],
    ]);
  });

  it('takes a value at the limit for a pass and a missing one for nothing', () => {
    const { usage } = setup([LIMIT]);
    expect([95, Number.NaN, 95, 90].map(usage)).toEqual([
      ['usage:counted'],
      [],
      ['usage:fired'],
      ['usage:resolved'],
    ]);
  });

  it('keeps the alert of a disk that vanished and judges each mount on its own', () => {
    const { observeFrame } = setup([{ ...LIMIT, rule: 'disk', grace: 1 }]);
    const fired = observeFrame({
      'disk.used_percent{mount="/"}': 99,
      'disk.used_percent{mount="/data"}': 10,
    });
    expect(fired.map(({ record }) => record.alert.instance)).toEqual(['/']);
    expect(observeFrame({ 'disk.used_percent{mount="/data"}': 10 })).toEqual([]);
    const resolved = observeFrame({
      'disk.used_percent{mount="/"}': 5,
      'disk.used_percent{mount="/data"}': 10,
    });
    expect(resolved.map(({ effect, record }) => [effect, record.alert.id])).toEqual([
      ['resolved', fired[0]!.record.alert.id],
    ]);
  });

  it('rule 8: takes a frame for the proof that its target can be reached', () => {
    const { unreachable, usage } = setup([UNREACHABLE, LIMIT]);
    expect([unreachable(), unreachable(), unreachable()]).toEqual([
      ['unreachable:counted'],
      ['unreachable:fired'],
      [],
    ]);
    expect(usage(10)).toEqual(['unreachable:resolved']);
  });

  it('leaves limits alone while the target can not be reached', () => {
    const { unreachable, usage } = setup([UNREACHABLE, LIMIT]);
    expect([usage(95), unreachable(), usage(95)]).toEqual([
      ['usage:counted'],
      ['unreachable:counted'],
      ['unreachable:cleared', 'usage:fired'],
    ]);
  });

  it('rule 1: neither counts nor resets on UNKNOWN, and warns at the third in a row', () => {
    const { check } = setup([DOWN]);
    expect((['down', 'unknown', 'down', 'unknown', 'unknown', 'degraded'] as const).map(check)).toEqual([
      ['service_down:counted'],
      ['check_unknown:counted'],
      ['service_down:fired', 'check_unknown:cleared'],
      ['check_unknown:counted'],
      ['check_unknown:counted'],
      ['service_down:resolved', 'check_unknown:cleared'],
    ]);
    expect((['unknown', 'unknown', 'unknown', 'unknown', 'up'] as const).map(check)).toEqual([
      ['check_unknown:counted'],
      ['check_unknown:counted'],
      ['check_unknown:fired'],
      [],
      ['check_unknown:resolved'],
    ]);
  });

  it('rule 1: waits as many UNKNOWN as a larger grace asks for', () => {
    const { check } = setup([{ ...DOWN, grace: 5 }]);
    const fired = (['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] as const).map(check);
    expect(fired.map(([first]) => first)).toEqual([
      ...Array(4).fill('check_unknown:counted'),
      'check_unknown:fired',
    ]);
  });

  it('ignores targets that it does not know', () => {
    const { judge } = setup([UNREACHABLE]);
    expect(judge.observe({ type: 'unreachable', targetId: 'srv_gone', at: 1, error: '' })).toEqual([]);
  });

  it('rule 8: stale data counts as unreachable, and a hub that can not see says nothing', () => {
    const { observe } = setup([{ ...UNREACHABLE, grace: 3 }]);
    const see = (at: number, error: string, known?: boolean) =>
      observe({
        type: 'unreachable',
        targetId: 'srv_a',
        at,
        error,
        ...(known === undefined ? {} : { known }),
      }).map(({ effect }) => effect);
    expect(see(1, 'connection refused')).toEqual(['counted']);
    expect(see(2, 'no data for 3 intervals')).toEqual(['counted']);
    expect(see(3, 'the hub is blind', false)).toEqual([]);
    expect(see(4, 'connection refused', true)).toEqual(['fired']);
    expect(see(5, 'the hub is blind', false)).toEqual([]);
  });

  it('rule 8: no alert for an unreachable agent: the first poll that got nothing is told', () => {
    const { unreachable } = setup([{ ...UNREACHABLE, grace: 1 }]);
    expect(unreachable()).toEqual(['unreachable:fired']);
  });

  it('missing temperatures counted as zero: what does not read neither ends nor begins an alert', () => {
    const { observeFrame } = setup([{ ...LIMIT, rule: 'temperature', grace: 1 }]);
    const key = 'temperature.celsius{sensor="a"}';
    const effects = [{ [key]: 95 }, { [key]: Number.NaN }, {}, { [key]: 95 }, { [key]: 40 }]
      .map(observeFrame)
      .map((changes) => changes.map(({ effect }) => effect));
    expect(effects).toEqual([['fired'], [], [], [], ['resolved']]);
  });

  it('rule 7: a value between recover and limit is neither a violation nor a pass', () => {
    const { usage } = setup([{ ...LIMIT, recover: 80, grace: 2 }]);
    expect([95, 85, 90, 95, 85, 81, 80].map(usage)).toEqual([
      ['usage:counted'],
      [],
      [],
      ['usage:fired'],
      [],
      [],
      ['usage:resolved'],
    ]);
  });

  it('rule 7: counts passes without telling anything new of the trouble', () => {
    const { observeFrame } = setup([{ ...LIMIT, grace: 1, recoverAfter: 3 }]);
    const [fired] = observeFrame({ 'cpu.usage': 95 });
    const [counted] = observeFrame({ 'cpu.usage': 50 });
    expect(counted).toMatchObject({ effect: 'recovering', record: { passes: 1, alert: { value: 95 } } });
    expect(counted!.record.alert).toEqual(fired!.record.alert);
    expect(observeFrame({ 'cpu.usage': 99 })).toMatchObject([
      { record: { passes: 0, alert: { value: 95 } } },
    ]);
    const ends = [50, 50, 50].flatMap((value) => observeFrame({ 'cpu.usage': value }));
    expect(ends.map(({ effect }) => effect)).toEqual(['recovering', 'recovering', 'resolved']);
  });

  it('rule 7: counts within a window, and keeps the value that broke the limit', () => {
    const { observeFrame } = setup([{ ...LIMIT, window: { violations: 3, of: 5 } }]);
    const changes = [95, 50, 96, 50, 97].flatMap((value) => observeFrame({ 'cpu.usage': value }));
    expect(
      changes.map(({ effect, record: { alert } }) => `${effect} ${alert.violations} ${alert.value}`),
    ).toEqual(['counted 1 95', 'counted 1 95', 'counted 2 96', 'counted 2 96', 'fired 3 97']);
  });

  it('gives alerts the group and the tags of their target', () => {
    const { observeFrame } = setup([{ ...LIMIT, grace: 1 }]);
    expect(observeFrame({ 'cpu.usage': 95 })).toMatchObject([
      { record: { alert: { group: 'web', tags: ['eu'], acknowledged: null, held: null } } },
    ]);
  });

  it('numbers the changes of a target and never ends an alert before it fired', () => {
    const { judge, observeFrame } = setup([{ ...LIMIT, grace: 1 }]);
    const [fired] = observeFrame({ 'cpu.usage': 95 });
    const [resolved] = judge.observe(frame('srv_a', { 'cpu.usage': 1 }, 5));
    expect([fired!.record.sequence, resolved!.record.sequence]).toEqual([1, 2]);
    expect(resolved!.record.alert).toMatchObject({
      state: 'resolved',
      resolvedAt: fired!.record.alert.firedAt,
    });
  });
});

describe('a new configuration', () => {
  it('keeps the counter of a rule that did not change', () => {
    const { usage, configure } = setup([LIMIT]);
    usage(95);
    expect(configure([{ ...LIMIT, severity: 'critical', notifiers: ['other'] }])).toEqual([]);
    expect(usage(95)).toEqual(['usage:fired']);
  });

  it.each([{ limit: 80 }, { grace: 3 }, { window: { violations: 2, of: 4 } }])(
    'starts counting anew after %o',
    (change) => {
      const { usage, configure } = setup([LIMIT]);
      usage(95);
      expect(configure([{ ...LIMIT, ...change }])).toEqual(['usage:cleared']);
      expect(usage(95)).toEqual(['usage:counted']);
    },
  );

  it('keeps the counter when only the way to recover changed', () => {
    const { usage, configure } = setup([LIMIT]);
    usage(95);
    expect(configure([{ ...LIMIT, recover: 80, recoverAfter: 3, repeatMs: 60_000 }])).toEqual([]);
    expect(usage(95)).toEqual(['usage:fired']);
  });

  it('leaves a firing alert to the next observation when its limit changed', () => {
    const { usage, configure } = setup([{ ...LIMIT, grace: 1 }]);
    usage(95);
    expect(configure([{ ...LIMIT, grace: 1, limit: 99 }])).toEqual([]);
    expect(usage(95)).toEqual(['usage:resolved']);
  });

  it('names the limit of now when the alert is over', () => {
    const { observeFrame, configure } = setup([{ ...LIMIT, grace: 1 }]);
    observeFrame({ 'cpu.usage': 95 });
    configure([{ ...LIMIT, grace: 1, limit: 99 }]);
    const [resolved] = observeFrame({ 'cpu.usage': 95 });
    expect(resolved!.record.alert).toMatchObject({
      summary: 'CPU usage of web-1 is back at 95 %, limit 99 %',
      limit: 90,
    });
  });

  it('starts counting anew when another sensor is read, and not when the default is written out', () => {
    const rule: TargetRule = { ...LIMIT, rule: 'temperature' };
    const { observeFrame, configure } = setup([rule]);
    observeFrame({ 'temperature.celsius{sensor="a"}': 95 });
    expect(configure([{ ...rule, sensor: 'mean' }])).toEqual([]);
    expect(configure([{ ...rule, sensor: 'hottest' }])).toEqual(['temperature:cleared']);
  });

  it('forgets targets that went away, but for those whose sequence must go on', () => {
    const { judge, usage, configure } = setup([{ ...LIMIT, grace: 1 }]);
    configure(null);
    expect(judge.size).toBe(0);
    configure([{ ...LIMIT, grace: 1 }]);
    usage(95);
    configure(null);
    expect(judge.size).toBe(1);
  });

  it('ends alerts of rules and targets that went away', () => {
    const { usage, configure } = setup([{ ...LIMIT, grace: 1 }]);
    usage(95);
    expect(configure([])).toEqual(['usage:resolved']);
    configure([{ ...LIMIT, grace: 1 }]);
    usage(95);
    expect(configure(null)).toEqual(['usage:resolved']);
    expect(usage(95)).toEqual([]);
  });

  it('rule 14: tells those who were told of its beginning why an alert is over that nobody watches any more', () => {
    const { judge, observeFrame, configure } = setup([{ ...LIMIT, grace: 1, notifiers: ['ops'] }]);
    const remove = (targets: readonly AlertTarget[]) => {
      observeFrame({ 'cpu.usage': 95 });
      const changes = judge.configure(targets, 9);
      configure([{ ...LIMIT, grace: 1, notifiers: ['ops'] }]);
      return changes.map((change) => [toldNotifiers(change).join(), change.record.alert.summary]);
    };
    expect(remove([watched('srv_a', [])])).toEqual([
      ['ops', 'rule usage of web-1 was removed from the configuration; usage is no longer watched'],
    ]);
    expect(remove([])).toEqual([
      ['ops', 'web-1 was removed from the configuration; usage is no longer watched'],
    ]);
  });

  it('tells the end to those who were told the beginning', () => {
    const { observeFrame, configure } = setup([{ ...LIMIT, grace: 1 }]);
    observeFrame({ 'cpu.usage': 95 });
    configure([{ ...LIMIT, grace: 1, notifiers: ['other'] }]);
    const [resolved] = observeFrame({ 'cpu.usage': 5 });
    expect(resolved!.record.alert.notifiers).toEqual(['ops']);
  });
});
