import { TestClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { oldestDay } from './oldest-day.ts';
import { DAY_MS } from './slot.ts';

const LAST_DAY = 20_454;
const day = fc.integer({ min: 0, max: LAST_DAY });

it('always finds the day of the oldest sample in a range', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ day, target: fc.constantFrom('srv_a', 'srv_b') }), { maxLength: 6 }),
      fc.tuple(day, day),
      async (samples, bounds) => {
        const clock = new TestClock({ wallMs: (LAST_DAY + 1) * DAY_MS });
        const policy = {
          rawMs: Number.MAX_SAFE_INTEGER,
          tiers: { '1m': null, '5m': null, '1h': null },
          rules: [],
        };
        const store = await openSeries({ backend: 'memory', clock, policy });
        for (const sample of samples)
          await store.append({
            targetId: sample.target,
            at: sample.day * DAY_MS + 1000,
            layout: { keys: ['x'] },
            values: Float64Array.of(1),
          });
        const [start, end] = bounds.toSorted((a, b) => a - b) as [number, number];
        const within = samples.filter((sample) => sample.day >= start && sample.day < end);
        const expected = Math.min(end, ...within.map((sample) => sample.day));
        const range = { start: start * DAY_MS, end: end * DAY_MS };
        expect(await oldestDay(store, ['srv_a', 'srv_b'], range)).toBe(expected * DAY_MS);
        await store.close();
      },
    ),
    { numRuns: 15 },
  );
});
