import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { delayToPhaseMs } from '../lib/phase.ts';
import { pollTime } from './poll-time.ts';

const ID = 'srv_aaaaaaaaaaaaaaaaaaaa';
const INTERVAL_MS = 15_000;
const NOW = 1_767_225_600_000;
const PHASE = NOW + delayToPhaseMs(ID, INTERVAL_MS, NOW);

const at = (wall: number, over: { isOnGrid?: boolean; lastAt?: number } = {}) =>
  pollTime({ id: ID, intervalMs: INTERVAL_MS, isOnGrid: true, lastAt: null, wall, ...over });

describe('the time of a poll', () => {
  it.each([
    ['at its phase', 0, 0],
    ['a bit late', 12, 0],
    ['a tenth of the interval late', 1_500, 0],
    ['later than that', 1_501, 1_501],
    ['a bit early', -3, 0],
    ['too early', -1_501, -1_501],
    ['between two phases', 7_500, 7_500],
    ['near the next phase', INTERVAL_MS - 1, INTERVAL_MS],
  ])('%s', (_name, beginMs, expectedMs) => {
    expect(at(PHASE + beginMs) - PHASE).toBe(expectedMs);
  });

  it('is when it began for a poll on demand', () => {
    expect(at(PHASE + 1, { isOnGrid: false })).toBe(PHASE + 1);
  });

  it('is not that of the poll before', () => {
    expect(at(PHASE + 40, { lastAt: PHASE })).toBe(PHASE + 40);
    expect(at(PHASE, { lastAt: PHASE })).toBe(PHASE + 1);
    expect(at(PHASE, { lastAt: PHASE, isOnGrid: false })).toBe(PHASE + 1);
  });
});

test('the time of a poll is always whole, near its beginning, and another than that of the poll before', () => {
  const begin = fc.record({
    id: fc.string(),
    intervalMs: fc.integer({ min: 1_000, max: 86_400_000 }),
    wall: fc.nat(4e12),
    isOnGrid: fc.boolean(),
  });
  fc.assert(
    fc.property(begin, fc.boolean(), (given, isAgain) => {
      const lastAt = isAgain ? pollTime({ ...given, lastAt: null }) : null;
      const time = pollTime({ ...given, lastAt });
      expect(Number.isInteger(time)).toBe(true);
      expect(time).not.toBe(lastAt);
      expect(Math.abs(time - given.wall)).toBeLessThanOrEqual(given.intervalMs / 10 + 1);
    }),
  );
});
