// What is told of alerts that flap: one message instead of many, and no beginning or end too many, over every sequence
// of readings and rests up to a depth.
import { describe, expect, test } from 'vitest';
import { FLAP_WINDOW_MS, MAX_TRANSITIONS } from './flapping.ts';
import { type HoldOf, Judge } from './judge.ts';
import type { Change } from './record.ts';
import { toldNotifiers } from './store.ts';
import {
  CONDITION,
  NOTHING_STORED,
  USAGE_RULE,
  cleared,
  frame,
  raised,
  target,
  usage,
} from './test/observations.ts';

const MINUTE_MS = 60_000;

function setup(holdOf?: HoldOf) {
  const judge = new Judge(NOTHING_STORED, holdOf);
  judge.configure([target('srv_a')], 0);
  let now = 0;
  const rest = (ms = FLAP_WINDOW_MS) => {
    now += ms;
    return judge.tick(now);
  };
  const see = (value: number) => {
    now += MINUTE_MS;
    return judge.observe(usage('srv_a', value, now));
  };
  /** So many transitions, a minute apart, beginning with a violation. */
  const flap = (transitions: number) =>
    Array.from({ length: transitions }, (_, i) => see(i % 2 === 0 ? 99 : 1)).flat();
  return { judge, see, rest, flap };
}

/** Changes that are told, in words. */
function told(changes: readonly Change[]): string[] {
  return changes
    .filter((change) => toldNotifiers(change).length > 0)
    .map(({ effect, record: { alert } }) => `${alert.rule} ${effect}`);
}

describe('rule 12: an alert that flaps', () => {
  test('is told as one alert from the sixth transition in ten minutes on', () => {
    const { flap, see } = setup();
    expect(told(flap(5))).toEqual([
      'usage fired',
      'usage resolved',
      'usage fired',
      'usage resolved',
      'usage fired',
    ]);
    // Whoever was told that it fires hears of that end, and of nothing after it.
    expect(told(see(1))).toEqual(['flapping fired', 'usage resolved']);
    expect(told([99, 1, 99, 1, 99, 1, 99].flatMap(see))).toEqual([]);
  });

  test('goes on being recorded, with the reason why nobody is told', () => {
    const { flap, see } = setup();
    flap(6);
    const [fired] = see(99);
    expect(fired).toMatchObject({
      effect: 'fired',
      record: { alert: { held: { reason: 'flapping', by: '' } } },
    });
    expect(see(1)).toMatchObject([{ effect: 'resolved', record: { alert: { id: fired!.record.alert.id } } }]);
  });

  test('says which alert it is, as bad as that one and to the same notifiers', () => {
    const { judge } = setup();
    judge.configure([target('srv_a', [{ ...USAGE_RULE, rule: 'disk', severity: 'critical' }])], 0);
    const disk = (value: number, at: number) =>
      judge.observe(frame('srv_a', { 'disk.used_percent{mount="/var"}': value }, at));
    const all = [99, 1, 99, 1, 99, 1].flatMap((value, i) => disk(value, i));
    expect(all.find(({ record }) => record.alert.rule === 'flapping')!.record.alert).toMatchObject({
      instance: 'disk /var',
      severity: 'critical',
      notifiers: ['ops'],
      state: 'firing',
      group: 'web',
    });
  });

  test('is told of again when it has been calm for ten minutes and fires still', () => {
    const { flap, see, rest } = setup();
    flap(6);
    const [fired] = see(99);
    expect(rest(FLAP_WINDOW_MS - 1)).toEqual([]);
    const changes = rest(1);
    expect(told(changes)).toEqual(['flapping resolved', 'usage calmed']);
    expect(changes[0]!.record.alert.summary).toContain('it is unwell still');
    expect(changes[1]!.record.alert).toMatchObject({
      id: fired!.record.alert.id,
      held: null,
      firedAt: 420_000,
    });
    expect(told(see(1))).toEqual(['usage resolved']);
  });

  test('ends alone when all is well, and may flap again', () => {
    const { flap, rest } = setup();
    flap(8);
    expect(told(rest())).toEqual(['flapping resolved']);
    expect(told(flap(6)).filter((text) => text === 'flapping fired')).toHaveLength(1);
  });

  test('leaves the other alerts of its target alone', () => {
    const { judge, flap } = setup();
    const disk = { ...USAGE_RULE, rule: 'disk' as const };
    judge.configure([target('srv_a', [USAGE_RULE, disk])], 0);
    flap(7);
    expect(told(judge.observe(frame('srv_a', { 'disk.used_percent{mount="/"}': 99 }, 9)))).toEqual([
      'disk fired',
    ]);
  });

  test('that is raised by a domain flaps as well', () => {
    const { judge } = setup();
    const all = [0, 1, 2, 3, 4, 5].flatMap((at) => judge.observe(at % 2 === 0 ? raised(at) : cleared(at)));
    const flapping = all.find(({ record }) => record.alert.rule === 'flapping')!;
    expect(flapping.record.alert).toMatchObject({
      targetName: CONDITION.targetName,
      instance: 'hub_disk /var',
    });
    expect(judge.configure([], 9)).toEqual([]);
  });

  test('ends with its rule: who heard that it flaps hears of the end of that, and of nothing else', () => {
    const { judge, flap } = setup();
    flap(7);
    const changes = judge.configure([], 9);
    expect(changes.map(({ effect, record }) => `${record.alert.rule} ${effect}`)).toEqual([
      'flapping resolved',
      'usage resolved',
    ]);
    expect(told(changes)).toEqual(['flapping resolved']);
    expect(judge.tick(10 * FLAP_WINDOW_MS)).toEqual([]);
    expect(judge.waits).toBe(false);
  });

  test('is held like any other when it is silenced', () => {
    const { flap } = setup(({ rule }) => (rule === 'flapping' ? { reason: 'silence', by: 'sil_1' } : null));
    expect(told(flap(6)).filter((text) => text.startsWith('flapping'))).toEqual([]);
  });
});

/** All sequences: a violation or a pass a minute after the last, a rest of three minutes, a rest of ten. */
const MOVES = ['v', 'p', 'r', 'R'] as const;
const DEPTH = 9;

function play(moves: readonly (typeof MOVES)[number][]): Change[] {
  const { see, rest } = setup();
  return moves.flatMap((move) => {
    if (move === 'v' || move === 'p') return see(move === 'v' ? 99 : 1);
    return rest(move === 'r' ? 3 * MINUTE_MS : FLAP_WINDOW_MS);
  });
}

/** What is wrong with what was told; null when nothing is. */
function wrongIn(changes: readonly Change[]): string | null {
  const firing = new Set<string>();
  for (const change of changes) {
    const { effect, record } = change;
    if (toldNotifiers(change).length === 0) continue;
    const { id } = record.alert;
    if (effect === 'resolved' ? !firing.delete(id) : firing.has(id)) return `${effect} told out of turn`;
    if (effect !== 'resolved') firing.add(id);
  }
  return wrongFlapping(changes);
}

function wrongFlapping(changes: readonly Change[]): string | null {
  const times: number[] = [];
  let flaps = false;
  for (const change of changes) {
    const { effect, at, record } = change;
    const recent = times.filter((time) => time > at - FLAP_WINDOW_MS).length;
    if (record.alert.rule === 'flapping') {
      flaps = record.alert.state === 'firing';
      if (flaps && recent < MAX_TRANSITIONS) return 'flaps without transitions';
      continue;
    }
    if (effect !== 'calmed') times.push(at);
    if (recent >= MAX_TRANSITIONS && effect !== 'calmed' && !flaps) return 'flaps and does not say so';
    if (flaps && effect === 'fired' && toldNotifiers(change).length > 0) return 'told while it flaps';
  }
  return null;
}

test(`rules 12, 14: no sequence of ${DEPTH} readings and rests tells an end without its beginning, or one twice`, () => {
  let played = 0;
  const moves: (typeof MOVES)[number][] = [];
  const go = (): void => {
    if (moves.length === DEPTH) {
      played += 1;
      const wrong = wrongIn(play(moves));
      if (wrong !== null) expect.fail(`${moves.join('')}: ${wrong}`);
      return;
    }
    for (const move of MOVES) {
      moves.push(move);
      go();
      moves.pop();
    }
  };
  go();
  expect(played).toBe(MOVES.length ** DEPTH);
});
