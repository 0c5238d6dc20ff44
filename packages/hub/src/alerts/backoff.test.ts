// The wait before the next attempt stays within its formula for every input.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS, retryDelayMs } from './backoff.ts';

const random01 = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('rule 16: back-off', () => {
  it('is fully jittered below min(10 min, 1 s * 2^attempts)', () => {
    const waits = Array.from({ length: MAX_ATTEMPTS }, (_, i) =>
      retryDelayMs({ attempts: i + 1, afterMs: null, random: () => 0.5 }),
    );
    expect(waits.slice(0, 11)).toEqual([1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 64e3, 128e3, 256e3, 3e5, 3e5]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), random01, (attempts, random) => {
        const wait = retryDelayMs({ attempts, afterMs: null, random: () => random });
        expect(wait).toBeLessThanOrEqual(Math.min(600_000, 1000 * 2 ** attempts));
        expect(wait).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('never comes before the far side wants it', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), random01, (afterMs, random) => {
        const wait = retryDelayMs({ attempts: 1, afterMs, random: () => random });
        expect(wait).toBeGreaterThanOrEqual(afterMs);
        expect(wait).toBeLessThanOrEqual(Math.max(2000, afterMs));
      }),
    );
  });
});
