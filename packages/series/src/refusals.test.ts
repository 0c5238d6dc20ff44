import { expect, it } from 'vitest';
import { Refusals, type TooManySeries } from './refusals.ts';

const HOUR_MS = 3_600_000;

const refusing = (refused: number, samples = refused): TooManySeries => ({
  type: 'too-many-series',
  targetId: 'exp_a',
  refused,
  samples,
  limit: 100,
});

it('tells at once, then once an hour of all that was left out meanwhile', () => {
  const refusals = new Refusals();
  expect(refusals.take(refusing(5, 10), 0)).toEqual(refusing(5, 10));
  expect(refusals.take(refusing(6), 1)).toBeUndefined();
  expect(refusals.take(refusing(7), HOUR_MS - 1)).toBeUndefined();
  expect(refusals.take({ ...refusing(1), targetId: 'exp_b' }, 2)).toMatchObject({ refused: 1, samples: 1 });
  expect(refusals.take(refusing(8), HOUR_MS)).toEqual(refusing(8, 21));
  expect(refusals.take(refusing(8), 2 * HOUR_MS)).toEqual(refusing(8));
});

it('knows how many series are left out now, and says nothing of none', () => {
  const refusals = new Refusals();
  expect(refusals.seriesOf('exp_a')).toBe(0);
  refusals.take(refusing(5), 0);
  expect(refusals.seriesOf('exp_a')).toBe(5);
  expect(refusals.take(refusing(0, 3), 2 * HOUR_MS)).toBeUndefined();
  expect(refusals.seriesOf('exp_a')).toBe(0);
  expect(refusals.take(refusing(4), 2 * HOUR_MS)).toEqual(refusing(4, 7));
});

it('tells again when the clock went back', () => {
  const refusals = new Refusals();
  refusals.take(refusing(5), HOUR_MS);
  expect(refusals.take(refusing(5), 0)).toEqual(refusing(5));
});
