import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delayToPhaseMs } from './phase.ts';

const NOW = 1_767_225_600_000;
const anyId = fc.string({ minLength: 1 });
const anyInterval = fc.integer({ min: 1_000, max: 86_400_000 });
const anyTime = fc.integer({ min: 0, max: 4_102_444_800_000 });

describe('delayToPhaseMs', () => {
  test('is FNV-1a of the id, modulo the interval, on the scale of the wall clock', () => {
    // 32-bit FNV-1a of "foobar" is 0xbf9cf968 in the reference test vectors
    const offsetMs = 0xbf9cf968 % 15_000;
    expect(delayToPhaseMs('foobar', 15_000, 0)).toBe(offsetMs);
    expect(delayToPhaseMs('foobar', 15_000, offsetMs)).toBe(0);
    expect(delayToPhaseMs('foobar', 15_000, offsetMs + 1)).toBe(14_999);
    expect(delayToPhaseMs('foobar', 15_000, offsetMs - 1)).toBe(1);
  });

  test('rule 3: always lies within the interval, and keeps its place whenever it is asked', () => {
    fc.assert(
      fc.property(anyId, anyInterval, anyTime, anyTime, (id, intervalMs, now, later) => {
        const delayMs = delayToPhaseMs(id, intervalMs, now);
        const laterMs = delayToPhaseMs(id, intervalMs, later);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThan(intervalMs);
        expect(Math.abs(later + laterMs - now - delayMs) % intervalMs).toBe(0);
      }),
    );
  });

  test('rule 3: spreads a thousand targets over the interval', () => {
    const intervalMs = 5_000;
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 1_000; i += 1) {
      const place = delayToPhaseMs(`srv_${i.toString(32).padStart(20, 'a')}`, intervalMs, NOW);
      tenths[Math.floor((10 * place) / intervalMs)]! += 1;
    }
    for (const count of tenths) expect(count).toBeGreaterThan(50);
  });
});
