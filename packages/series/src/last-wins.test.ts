import { TestClock } from '@guardia/kernel';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openSeriesOn } from './sqlite-series.ts';
import type { FramePoint } from './store.ts';
import { frame } from './test/frames.ts';
import { inlineLink } from './test/inline-link.ts';
import { seriesHandlers } from './worker/series-handlers.ts';

const LAYOUTS = [{ keys: ['a'] }, { keys: ['b'] }] as const;
const COMMANDS = fc.array(
  fc.record({
    target: fc.constantFrom('srv_a', 'srv_b'),
    n: fc.integer({ min: 0, max: 20 }),
    layout: fc.integer({ min: 0, max: 1 }),
    value: fc.integer(),
    flush: fc.boolean(),
  }),
  { maxLength: 40 },
);

it('always answers the last frame of each time, in order, however frames came and batches were cut', async () => {
  await fc.assert(
    fc.asyncProperty(COMMANDS, fc.integer({ min: 1, max: 7 }), async (commands, batchFrames) => {
      const path = ':memory:';
      const options = { path, clock: new TestClock(), batchFrames, batchMs: 5000, maxPendingFrames: 100 };
      const store = await openSeriesOn(inlineLink(seriesHandlers(), path), 'memory', options);
      const expected = new Map<number, FramePoint>();
      for (const { target, n, layout, value, flush } of commands) {
        const next = frame(target, n, [value], LAYOUTS[layout]!);
        store.append(next);
        if (flush) await store.flush();
        if (target === 'srv_a')
          expected.set(n, { at: next.at, values: { [LAYOUTS[layout]!.keys[0]!]: value } });
      }
      const { points } = await store.range({ targetId: 'srv_a', start: 0, end: 1e15, limit: 100 });
      const times = [...expected.keys()].sort((a, b) => a - b);
      expect(points).toEqual(times.map((n) => expected.get(n)));
      await store.close();
    }),
    { numRuns: 50 },
  );
});
