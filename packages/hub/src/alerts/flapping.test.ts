// When transitions are too many, and when it is calm again, for any times.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FLAP_WINDOW_MS,
  flappingKey,
  innerKey,
  isCalm,
  isFlapping,
  MAX_TRANSITIONS,
  type Transitions,
  withTransition,
} from './flapping.ts';

const NONE: Transitions = [];
const steps = fc.array(fc.integer({ min: 1, max: FLAP_WINDOW_MS }), { maxLength: 40 });

/** Times from steps between them. */
function timesOf(stepsMs: readonly number[]): number[] {
  let at = 1_790_000_000_000;
  return stepsMs.map((ms) => (at += ms));
}

describe('rule 12: flapping', () => {
  test('is always more than k transitions in the window, and never fewer', () => {
    fc.assert(
      fc.property(steps, (stepsMs) => {
        const all = timesOf(stepsMs);
        let kept = NONE;
        for (const [i, at] of all.entries()) {
          kept = withTransition(kept, at);
          const within = all.slice(0, i + 1).filter((time) => time > at - FLAP_WINDOW_MS);
          expect(isFlapping(kept)).toBe(within.length > MAX_TRANSITIONS);
        }
      }),
    );
  });

  test('is over after one window without a transition, and not a moment before', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 2 * FLAP_WINDOW_MS }), (stepsMs, restMs) => {
        const all = timesOf(stepsMs);
        const kept = all.reduce(withTransition, NONE);
        const now = (all.at(-1) ?? 0) + restMs;
        expect(isCalm(kept, now)).toBe(all.length === 0 || restMs >= FLAP_WINDOW_MS);
      }),
    );
  });

  test('does not last until a clock that went back has caught up', () => {
    const year = 365 * 86_400_000;
    const before = [1, 2, 3, 4, 5, 6].map((i) => year + i).reduce(withTransition, NONE);
    expect(isFlapping(before)).toBe(true);
    expect(isCalm(before, 1_000)).toBe(true);
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
