// Rule 17: rate limits of a notifier.
import { TestClock } from '@guardia/kernel';
import { describe, expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

describe('rule 17: so many messages a minute', () => {
  test('leave, and the next when the first of them is a minute old', async () => {
    const clock = new TestClock();
    const rate = new RateLimit(clock);
    expect([rate.free(2), rate.waitMs(2)]).toEqual([2, 0]);
    rate.count();
    await clock.advance(10_000);
    rate.count();
    expect([rate.free(2), rate.waitMs(2)]).toEqual([0, 50_000]);
    await clock.advance(50_000);
    expect([rate.free(2), rate.waitMs(2)]).toEqual([1, 0]);
  });

  test('a limit that a reload lowered counts what left before', async () => {
    const clock = new TestClock();
    const rate = new RateLimit(clock);
    for (let i = 0; i < 5; i++) {
      rate.count();
      await clock.advance(1_000);
    }
    expect([rate.free(2), rate.waitMs(2)]).toEqual([0, 58_000]);
    await clock.advance(58_000);
    expect(rate.free(2)).toBe(1);
  });

  test('without a limit there is none', () => {
    expect(new RateLimit(new TestClock()).free(null)).toBe(Number.POSITIVE_INFINITY);
  });
});
