// Conditions that domains raise: for any target, until they are cleared, whatever is configured.
import { describe, expect, test } from 'vitest';
import { Judge } from '../judge.ts';
import type { Change } from '../record.ts';
import { CONDITION, NOTHING_STORED, cleared, raised, target } from '../test/observations.ts';

function setup() {
  const judge = new Judge(NOTHING_STORED);
  const told = (changes: readonly Change[]) =>
    changes.map(({ effect, record: { alert } }) => `${effect} ${alert.summary}`);
  return { judge, told };
}

const FIRED = `fired ${CONDITION.summary}`;
const OVER = 'resolved the disk has room again';

describe('a raised condition', () => {
  test('of a target that nobody configured fires once and ends when it is cleared', () => {
    const { judge, told } = setup();
    const changes = judge.observe(raised(5));
    expect(changes[0]!.record.alert).toMatchObject({
      targetId: 'hub',
      targetName: 'Guardia',
      instance: '/var',
      value: 96,
      limit: 90,
      unit: '%',
      firedAt: 5,
      notifiers: ['ops'],
    });
    expect(changes[0]!.record.address).toBe('this hub');
    expect(told(changes)).toEqual([FIRED]);
    expect(judge.observe(raised(6))).toEqual([]);
    expect(told(judge.observe(cleared(7)))).toEqual([OVER]);
    expect(judge.observe(cleared(8))).toEqual([]);
  });

  test('is of an instance that every database stores, which ends it too', () => {
    const { judge, told } = setup();
    const changes = judge.observe(raised(5, { instance: 'a\0\ud800' }));
    expect(changes[0]!.record.alert.instance).toBe('a\ufffd\ufffd');
    expect(told(judge.observe(cleared(6, { instance: 'a\0\ud800' })))).toEqual([OVER]);
  });

  test('has a grace of its own, and starts anew when it is cleared before', () => {
    const { judge, told } = setup();
    const raise = (at: number) =>
      told(judge.observe(raised(at, { grace: 2 }))).map((text) => text.split(' ')[0]);
    expect([raise(1), told(judge.observe(cleared(2))).length, raise(3), raise(4)]).toEqual([
      ['counted'],
      1,
      ['counted'],
      ['fired'],
    ]);
  });

  test('stays when the configuration changes, with or without its target', () => {
    const { judge, told } = setup();
    judge.configure([target('srv_a')], 0);
    judge.observe(raised(1));
    judge.observe(raised(1, { targetId: 'srv_a', rule: 'custom:raid', instance: '' }));
    expect(judge.configure([target('srv_a', [])], 2)).toEqual([]);
    expect(judge.configure([], 3)).toEqual([]);
    expect(told(judge.observe(cleared(4)))).toEqual([OVER]);
    expect(told(judge.observe(cleared(4, { targetId: 'srv_a', rule: 'custom:raid', instance: '' })))).toEqual(
      [OVER],
    );
  });

  test('of a burnt budget ends with its service, on the far side of a restart too', () => {
    const { judge } = setup();
    judge.configure([target('svc_a')], 0);
    const [fired] = judge.observe(raised(1, { targetId: 'svc_a', rule: 'slo_burn', instance: '1h' }));
    expect(judge.configure([target('svc_a', [])], 2)).toEqual([]);
    expect(judge.configure([], 3).map(({ effect }) => effect)).toEqual(['resolved']);
    const sequences = new Map([['svc_a', 1]]);
    const later = new Judge({ ...NOTHING_STORED, records: [fired!.record], sequences });
    expect(later.configure([], 4).map(({ effect }) => effect)).toEqual(['resolved']);
  });

  test('is one per target, rule and instance', () => {
    const { judge, told } = setup();
    const all = [{}, { instance: '/' }, { rule: 'custom:x' as const }, { targetId: 'other' }];
    expect(all.flatMap((over) => told(judge.observe(raised(1, over))))).toHaveLength(4);
    expect(told(judge.observe(cleared(2, { instance: '/' })))).toEqual([OVER]);
  });

  test('cleared without ever having been raised changes nothing and is not kept', () => {
    const { judge } = setup();
    expect(judge.observe(cleared(1))).toEqual([]);
    expect(judge.size).toBe(0);
  });
});
