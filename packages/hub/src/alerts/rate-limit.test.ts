// Rules 16 and 17: rate limits of a notifier, its own and those that its far side asks for.
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

  test('none leaves while the far side wants to be left alone, whatever the limit', async () => {
    const clock = new TestClock();
    const rate = new RateLimit(clock);
    rate.count();
    rate.pause(90_000);
    rate.pause(5_000);
    expect([rate.free(null), rate.waitMs(null), rate.free(1), rate.waitMs(1)]).toEqual([
      0, 90_000, 0, 90_000,
    ]);
    await clock.advance(90_000);
    expect([rate.free(null), rate.waitMs(null), rate.free(1)]).toEqual([Number.POSITIVE_INFINITY, 0, 1]);
    rate.pause(90_000);
    rate.resume();
    expect([rate.free(1), rate.waitMs(1)]).toEqual([1, 0]);
  });

  test.each([3_600_000, -3_600_000])('a wall clock that jumps by %i ms changes nothing', async (jumpMs) => {
    const clock = new TestClock();
    const rate = new RateLimit(clock);
    rate.count();
    await clock.advance(10_000);
    clock.jumpWall(jumpMs);
    expect([rate.free(1), rate.waitMs(1)]).toEqual([0, 50_000]);
  });

  test('without a limit there is none', () => {
    expect(new RateLimit(new TestClock()).free(null)).toBe(Number.POSITIVE_INFINITY);
  });
});
