// When transitions are too many, and when it is calm again, for any times, intervals and rules.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FLAP_WINDOW_MS,
  flappingKey,
  flapWindowMs,
  innerKey,
  isCalm,
  isFlapping,
  MAX_FLAP_WINDOW_MS,
  MAX_TRANSITIONS,
  type Transitions,
  withTransition,
} from './flapping.ts';
import { INACTIVE, step, type Verdict } from './life.ts';
import type { TargetRule } from './public.ts';
import { target, USAGE_RULE } from './test/observations.ts';
import { Watch } from './watch.ts';

const MINUTE_MS = 60_000;
const NONE: Transitions = [];
const USAGE = { rule: 'usage', instance: '' };
const windows = fc.integer({ min: FLAP_WINDOW_MS, max: MAX_FLAP_WINDOW_MS });
/** Steps as parts of the window. */
const steps = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { maxLength: 40 });

/** Times from steps between them. */
function timesOf(parts: readonly number[], windowMs: number): number[] {
  let at = 1_790_000_000_000;
  return parts.map((part) => (at += Math.ceil(part * windowMs)));
}

/** The window of an alert of such a target and rule. */
function windowOf(intervalMs: number | undefined, rule: Partial<TargetRule> = {}, key = USAGE): number {
  const of = target('srv_a', [{ ...USAGE_RULE, ...rule }]);
  const watch = new Watch(intervalMs === undefined ? of : { ...of, intervalMs }, 0);
  watch.configure(of.rules, 0);
  return flapWindowMs(watch, key);
}

describe('rule 12: flapping', () => {
  test('is always more than k transitions in the window, and never fewer', () => {
    fc.assert(
      fc.property(windows, steps, (windowMs, parts) => {
        const all = timesOf(parts, windowMs);
        let kept = NONE;
        for (const [i, at] of all.entries()) {
          kept = withTransition(kept, at);
          const within = all.slice(0, i + 1).filter((time) => time > at - windowMs);
          expect(isFlapping(kept, windowMs)).toBe(within.length > MAX_TRANSITIONS);
        }
      }),
    );
  });

  test('is over after one window without a transition, and not a moment before', () => {
    fc.assert(
      fc.property(
        windows,
        steps,
        fc.integer({ min: 0, max: 2 * FLAP_WINDOW_MS }),
        (windowMs, parts, restMs) => {
          const all = timesOf(parts, windowMs);
          const kept = all.reduce(withTransition, NONE);
          const now = (all.at(-1) ?? 0) + restMs;
          expect(isCalm(kept, now, windowMs)).toBe(all.length === 0 || restMs >= windowMs);
        },
      ),
    );
  });

  test('does not last until a clock that went back has caught up', () => {
    const year = 365 * 86_400_000;
    const before = [1, 2, 3, 4, 5, 6].map((i) => year + i).reduce(withTransition, NONE);
    expect(isFlapping(before, FLAP_WINDOW_MS)).toBe(true);
    expect(isCalm(before, 1_000, FLAP_WINDOW_MS)).toBe(true);
    expect(withTransition(before, 1_000)).toEqual([1_000]);
  });

  test('finds the alert behind it again', () => {
    const keys = [
      { rule: 'usage', instance: '' },
      { rule: 'disk', instance: '/mnt/two words' },
      { rule: 'custom:power', instance: 'a' },
    ];
    for (const key of keys) expect(innerKey(flappingKey(key).instance)).toEqual(key);
  });
});

describe('rule 12: the window of flapping', () => {
  test.each([
    ['ten minutes for what is looked at often', windowOf(15_000), 10],
    ['ten looks with grace 1', windowOf(2 * MINUTE_MS), 20],
    ['ten looks with grace 0, which is the same', windowOf(2 * MINUTE_MS, { grace: 0 }), 20],
    ['longer for what takes several looks to fire', windowOf(MINUTE_MS, { grace: 3 }), 20],
    ['longer for what takes several looks to be over', windowOf(MINUTE_MS, { recoverAfter: 4 }), 25],
    ['as if they were in a row for 3 of 5', windowOf(MINUTE_MS, { window: { violations: 3, of: 5 } }), 20],
    ['a day at most', windowOf(6 * 60 * MINUTE_MS), 1_440],
    ['ten minutes where nobody knows how often it is looked at', windowOf(undefined, { grace: 9 }), 10],
    ['ten minutes for a rule that went away', windowOf(5 * MINUTE_MS, { rule: 'disk' }), 10],
    [
      'ten minutes for what a domain raises',
      windowOf(5 * MINUTE_MS, {}, { rule: 'slo_burn', instance: '' }),
      10,
    ],
  ])('is %s', (_, windowMs, minutes) => expect(windowMs).toBe(minutes * MINUTE_MS));

  const counts = fc.integer({ min: 0, max: 9 });
  const intervals = fc.integer({ min: 1_000, max: 3_600_000 });

  test('sees the quickest lives of any rule as flapping, unless they tell five times a day at most', () => {
    fc.assert(
      fc.property(intervals, counts, counts, (intervalMs, grace, recoverAfter) => {
        const rule = { grace, recoverAfter };
        const windowMs = windowOf(intervalMs, rule);
        let life = INACTIVE;
        let kept = NONE;
        for (let look = 1; kept.length <= MAX_TRANSITIONS; look += 1) {
          const verdict: Verdict = life.state === 'firing' ? 'pass' : 'violation';
          const next = step(life, verdict, rule);
          life = next.life;
          if (next.effect === 'fired' || next.effect === 'resolved')
            kept = withTransition(kept, look * intervalMs);
        }
        const isRare = kept.at(-1)! - kept[0]! >= MAX_FLAP_WINDOW_MS;
        expect(isFlapping(kept, windowMs)).toBe(!isRare);
      }),
    );
  });
});
