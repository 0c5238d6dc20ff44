// What becomes of messages that are held: let go when the reason is gone, never told of what is over before that.
import type { Hold } from '@guardia/model';
import { describe, expect, test } from 'vitest';
import { type HoldOf, Judge } from './judge.ts';
import type { Change } from './record.ts';
import { toldNotifiers } from './store.ts';
import { check, NOTHING_STORED, target, USAGE_RULE, usage } from './test/observations.ts';

const MUTE: Hold = { reason: 'mute', by: '' };

function setup() {
  const now = { hold: MUTE as Hold | null };
  const judge = new Judge(NOTHING_STORED, () => now.hold);
  judge.configure([target('srv_a', [{ ...USAGE_RULE, recoverAfter: 2 }])], 0);
  const see = (...values: readonly number[]) =>
    values.flatMap((value) => judge.observe(usage('srv_a', value, 5)));
  const tick = (hold: Hold | null) => {
    now.hold = hold;
    return judge.tick(9);
  };
  return { judge, see, tick, now };
}

const words = (changes: readonly Change[]) =>
  changes.map((change) => `${change.effect} ${toldNotifiers(change).join()}`.trim());

describe('rule 11: an alert that is held', () => {
  test('evaluation stopped while muted: it fires all the same, and is told when the mute is over', () => {
    const { judge, see, tick } = setup();
    expect(words(see(99))).toEqual(['fired']);
    expect(judge.waits).toBe(true);
    expect(tick(MUTE)).toEqual([]);
    const changes = tick(null);
    expect(words(changes)).toEqual(['released ops']);
    expect(changes[0]!.record.alert).toMatchObject({ state: 'firing', firedAt: 5, held: null });
    expect(judge.tick(10)).toEqual([]);
    expect(words(see(1, 1))).toEqual(['recovering', 'resolved ops']);
  });

  test('and is over before that is told to nobody, not even later', () => {
    const { judge, see, tick } = setup();
    expect(words(see(99, 1, 1))).toEqual(['fired', 'recovering', 'resolved']);
    expect(tick(null)).toEqual([]);
    expect(judge.tick(1e12)).toEqual([]);
    expect(judge.waits).toBe(false);
  });

  test('after it was told waits with its end', () => {
    const { see, tick, now } = setup();
    now.hold = null;
    expect(words(see(99))).toEqual(['fired ops']);
    now.hold = MUTE;
    expect(words(see(1, 1))).toEqual(['recovering', 'resolved']);
    const changes = tick(null);
    expect(words(changes)).toEqual(['released ops']);
    expect(changes[0]!.record.alert).toMatchObject({ state: 'resolved', held: null });
  });

  test('takes the end of its earlier life along when it is told of a new one', () => {
    const { see, now } = setup();
    now.hold = null;
    const [first] = see(99);
    now.hold = MUTE;
    see(1, 1);
    now.hold = null;
    const changes = see(99);
    expect(words(changes)).toEqual(['released ops', 'fired ops']);
    expect(changes[0]!.record.alert).toMatchObject({ id: first!.record.alert.id, state: 'resolved' });
  });

  test('keeps what was counted meanwhile', () => {
    const { see, tick } = setup();
    see(99, 1);
    expect(tick(null)).toMatchObject([{ record: { passes: 1 } }]);
    expect(words(see(1))).toEqual(['resolved ops']);
  });

  test('says when it is held by something else', () => {
    const { see, tick } = setup();
    see(99);
    const changes = tick({ reason: 'maintenance', by: 'sunday' });
    expect(words(changes)).toEqual(['held']);
    expect(changes[0]!.record.alert.held).toEqual({ reason: 'maintenance', by: 'sunday' });
  });

  test('is forgotten with its rule', () => {
    const { judge, see, tick } = setup();
    see(99);
    expect(words(judge.configure([], 6))).toEqual(['resolved']);
    expect(tick(null)).toEqual([]);
  });

  test('and goes with its rule after it was told waits with its end', () => {
    const { judge, see, tick, now } = setup();
    now.hold = null;
    see(99);
    now.hold = MUTE;
    expect(words(judge.configure([], 6))).toEqual(['resolved']);
    expect(words(tick(null))).toEqual(['released ops']);
  });
});

describe('rule 10: while a parent fires', () => {
  const holdOf: HoldOf = ({ targetId }, isTroubled) =>
    targetId === 'srv_a' && isTroubled('svc_db') ? { reason: 'parent', by: 'db' } : null;

  function setup() {
    const judge = new Judge(NOTHING_STORED, holdOf);
    const down = { ...USAGE_RULE, rule: 'service_down' as const, limit: null };
    judge.configure([target('srv_a'), target('svc_db', [down])], 0);
    judge.observe(check({ targetId: 'svc_db', at: 1, status: 'down' }));
    expect(judge.observe(usage('srv_a', 99, 2))).toMatchObject([
      { record: { alert: { held: { reason: 'parent', by: 'db' } } } },
    ]);
    expect(judge.tick(3)).toEqual([]);
    judge.observe(check({ targetId: 'svc_db', at: 4, status: 'up' }));
    return judge;
  }

  test('its children are recorded, and told once it is well and they are seen not to be', () => {
    const judge = setup();
    expect(judge.tick(5)).toEqual([]);
    expect(words(judge.observe(usage('srv_a', 99, 6)))).toEqual(['released ops']);
    expect(words(judge.observe(usage('srv_a', 1, 7)))).toEqual(['resolved ops']);
  });

  test('its children that come back after it are told to nobody', () => {
    const judge = setup();
    expect(judge.tick(5)).toEqual([]);
    expect(words(judge.observe(usage('srv_a', 1, 6)))).toEqual(['resolved']);
    expect(judge.tick(400_000)).toEqual([]);
  });

  test('its children that nobody sees any more are told all the same, some minutes later', () => {
    const judge = setup();
    expect(judge.tick(5)).toEqual([]);
    expect(judge.tick(300_004)).toEqual([]);
    expect(words(judge.tick(300_005))).toEqual(['released ops']);
  });
});
