// What is left of a clock that was a year ahead while clean-up ran: nothing that keeps samples out once it is right again.
// Clocks that jump without a clean-up are left to clock-jumps.test.ts.
import { TestClock } from '@guardia/kernel';
import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from './open-series.ts';
import { DAY_MS, frameAt, HOUR_MS, T0 } from './test/frames.ts';
import { openInline } from './test/inline-link.ts';

const YEAR_MS = 365 * DAY_MS;

it('takes and deletes samples by the right time again after a clean-up a year ahead', async () => {
  const clock = new TestClock({ wallMs: T0 });
  const store = await openInline({ backend: 'memory', path: ':memory:' }, { clock });
  await store.append(frameAt('srv_a', T0, { cpu: 1 }));
  clock.jumpWall(YEAR_MS);
  await store.append(frameAt('srv_a', T0 + YEAR_MS, { cpu: 2 }));
  await store.cleanUp(DEFAULT_POLICY);
  clock.jumpWall(HOUR_MS - YEAR_MS);
  await store.append(frameAt('srv_a', T0 + HOUR_MS, { cpu: 3 }));
  await store.settle();
  const raw = async () => {
    const [column] = await store.raw({ targetId: 'srv_a', start: 0, end: T0 + 2 * YEAR_MS });
    return Array.from(column!.times, (at) => at - T0);
  };
  expect(await raw()).toEqual([HOUR_MS, YEAR_MS]);
  expect((await store.stats()).samplesRefused).toBe(0);
  clock.jumpWall(40 * DAY_MS);
  await store.cleanUp(DEFAULT_POLICY);
  expect(await raw()).toEqual([YEAR_MS]);
  await store.close();
});
