// What fired before a restart is told of only once it was seen again, or after some minutes in which nobody looked. That
// all else is decided as without a restart is in restart.test.ts.
import type { Hold } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HoldOf, Judge } from './judge.ts';
import type { Observation, TargetRule } from './public.ts';
import type { AlertRecord, Change } from './record.ts';
import { SEEN_AGAIN_MS } from './seen-again.ts';
import { toldNotifiers } from './store.ts';
import { NOTHING_STORED, raised, target, USAGE_RULE, usage } from './test/observations.ts';

const MUTE: Hold = { reason: 'mute', by: '' };
const HOUR_MS = 3_600_000;
const REMINDED: TargetRule = { ...USAGE_RULE, recoverAfter: 2, repeatMs: 60_000 };
const ESCALATED: TargetRule = { ...USAGE_RULE, escalation: [{ afterMs: 60_000, alert: ['boss'] }] };

const words = (changes: readonly Change[]) =>
  changes.map((change) => `${change.effect} ${toldNotifiers(change).join()}`.trim());

/** A hub of which one alert fires, and the one that comes up on what it stored, an hour later. */
function restarted(rule: TargetRule, of: { readonly hold?: Hold | null; readonly seen?: Observation } = {}) {
  const { hold = null, seen = usage('srv_a', 99, 0) } = of;
  const first = new Judge(NOTHING_STORED, () => hold);
  first.configure([target('srv_a', [rule])], 0);
  const [fired] = first.observe(seen);
  const now = { hold: null as Hold | null };
  const second = lifeOf([fired!.record], () => now.hold);
  second.configure([target('srv_a', [rule])], HOUR_MS);
  const see = (value: number, ms: number) => words(second.observe(usage('srv_a', value, HOUR_MS + ms)));
  const tick = (ms: number) => words(second.tick(HOUR_MS + ms));
  const mute = (is: boolean) => {
    now.hold = is ? MUTE : null;
  };
  return { see, tick, mute };
}

function lifeOf(records: readonly AlertRecord[], holdOf?: HoldOf) {
  const sequences = new Map(records.map(({ alert, sequence }) => [alert.targetId, sequence]));
  return new Judge({ ...NOTHING_STORED, records, sequences }, holdOf);
}

describe.each([
  ['is due to be told again', { rule: REMINDED }, 'nagged ops'],
  ['is due to be told to others', { rule: ESCALATED }, 'nagged boss'],
  ['was muted until the restart', { rule: USAGE_RULE, hold: MUTE }, 'released ops'],
  [
    'was held by what it depends on',
    { rule: USAGE_RULE, hold: { reason: 'parent', by: 'db' } },
    'released ops',
  ],
] as const)('rules 11, 13, 14: an alert that %s', (_, { rule, ...of }, told) => {
  test('says nothing before its target was looked at, and nothing if that is well', () => {
    const { see, tick } = restarted(rule, of);
    expect(tick(5_000)).toEqual([]);
    expect([...see(1, 6_000), ...see(1, 7_000)].at(-1)).toBe('hold' in of ? 'resolved' : 'resolved ops');
    expect([tick(10_000), tick(HOUR_MS)]).toEqual([[], []]);
  });

  test('is told once it was seen again', () => {
    const { see, tick } = restarted(rule, of);
    expect(tick(5_000)).toEqual([]);
    expect([...see(99, 6_000), ...tick(10_000)]).toEqual([told]);
  });

  test('is told some minutes later if nobody looks', () => {
    const { tick } = restarted(rule, of);
    expect([tick(5_000), tick(SEEN_AGAIN_MS + 4_999)]).toEqual([[], []]);
    expect(tick(SEEN_AGAIN_MS + 5_000)).toEqual([told]);
  });
});

test('rule 6: a pass that does not end it yet, and what says nothing, are no reason to tell of it again', () => {
  const { see, tick } = restarted({ ...REMINDED, recover: 50 });
  expect([tick(5_000), see(1, 6_000), tick(10_000), see(70, 11_000), tick(15_000)]).toEqual([
    [],
    ['recovering'],
    [],
    [],
    [],
  ]);
});

test('rule 11: an end that was seen since the restart waits for nothing else', () => {
  const { see, tick, mute } = restarted({ ...USAGE_RULE, recoverAfter: 2 });
  mute(true);
  expect([...see(1, 1_000), ...see(1, 2_000), ...tick(5_000)]).toEqual(['recovering', 'resolved']);
  mute(false);
  expect(tick(10_000)).toEqual(['released ops']);
});

test('rule 14: a raised condition, which nobody looks at again, waits as long', () => {
  const { tick } = restarted(USAGE_RULE, { hold: MUTE, seen: raised(0, { targetId: 'srv_a' }) });
  expect([tick(5_000), tick(SEEN_AGAIN_MS)]).toEqual([[], []]);
  expect(tick(SEEN_AGAIN_MS + 5_000)).toEqual(['released ops']);
});

test('rule 12: what flapped isn’t told to be unwell still before it was seen to be', () => {
  const first = new Judge(NOTHING_STORED);
  first.configure([target('srv_a')], 0);
  const changes = [99, 1, 99, 1, 99, 1, 99].flatMap((value, at) => first.observe(usage('srv_a', value, at)));
  const last = new Map(changes.map(({ record }) => [record.alert.id, record]));
  const records = [...last.values()].filter(({ alert }) => alert.state === 'firing');
  expect(records.map(({ alert }) => alert.rule)).toEqual(['flapping', 'usage']);
  const second = lifeOf(records);
  second.configure([target('srv_a')], HOUR_MS);
  expect(words(second.tick(HOUR_MS))).toEqual([]);
  second.observe(usage('srv_a', 99, HOUR_MS + 1));
  expect(words(second.tick(HOUR_MS + 2))).toEqual(['resolved ops', 'calmed ops']);
});

interface Step {
  readonly value: number | null;
  readonly afterMs: number;
  readonly isMuted: boolean;
  readonly restarts: boolean;
}

/** One hub after the other on one store. What happens says who is told that something fires. */
function hubs() {
  const now = { at: 0, isMuted: false };
  const rule: TargetRule = { ...REMINDED, ...ESCALATED, recover: 50 };
  let record: AlertRecord | undefined;
  let judge: Judge;
  const store = (changes: readonly Change[]) => {
    record = changes.at(-1)?.record ?? record;
    return changes.filter(({ record }) => record.alert.state === 'firing').flatMap(toldNotifiers);
  };
  const restart = () => {
    const records = record?.alert.state === 'firing' ? [record] : [];
    judge = lifeOf(records, () => (now.isMuted ? MUTE : null));
    judge.configure([target('srv_a', [rule])], now.at);
    return store(judge.tick(now.at));
  };
  restart();
  const see = (value: number) => store(judge.observe(usage('srv_a', value, now.at)));
  const pass = (ms: number, isMuted: boolean) => {
    now.at += ms;
    now.isMuted = isMuted;
    return store(judge.tick(now.at));
  };
  return { now, restart, see, pass };
}

test('rule 14: whatever happens, nobody is told of what fired before a restart and wasn’t seen since', () => {
  const step = fc.record({
    value: fc.constantFrom(null, null, 99, 70, 1),
    afterMs: fc.constantFrom(1_000, 60_000, 200_000),
    isMuted: fc.boolean(),
    restarts: fc.boolean(),
  });
  const toldTooEarly = (steps: readonly Step[]) => {
    const { now, restart, see, pass } = hubs();
    let waitsUntil = 0;
    return steps.flatMap(({ value, afterMs, isMuted, restarts }) => {
      if (restarts) waitsUntil = now.at + SEEN_AGAIN_MS;
      const told = [...(restarts ? restart() : []), ...pass(afterMs, isMuted)];
      const early = now.at < waitsUntil ? told : [];
      if (value !== null) see(value);
      if (value === 99) waitsUntil = 0;
      return early;
    });
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => toldTooEarly(steps).length === 0));
});
