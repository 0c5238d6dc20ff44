// A rule's age of raw samples that is raised, or taken away: what was deleted under it stays gone, and late samples must not
// pass for the whole of such a day. Ages themselves are left to the conformance suite.
import { TestClock } from '@guardia/kernel';
import { expect, it } from 'vitest';
import type { RetentionPolicy } from '../store.ts';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import { openInline } from '../test/inline-link.ts';

const POLICY: RetentionPolicy = {
  rawMs: 30 * DAY_MS,
  tiers: { '1m': null, '5m': null, '1h': 400 * DAY_MS },
  rules: [{ match: 'disk.*', rawMs: 7 * DAY_MS }],
};
const DAYS = 20;

it.each([
  ['raised', [{ match: 'disk.*', rawMs: 30 * DAY_MS }]],
  ['taken away', []],
])('keeps tier points of days whose raw samples a rule deleted that was %s since', async (_, rules) => {
  const clock = new TestClock({ wallMs: T0 });
  const store = await openInline({ backend: 'memory', path: ':memory:' }, { clock });
  for (let n = 0; n < DAYS * 24; n++) {
    const at = T0 + n * HOUR_MS;
    await store.append(frameAt('srv_a', at, { cpu: n, 'disk.used': n }));
  }
  clock.jumpWall(DAYS * DAY_MS);
  await store.settle();
  await store.cleanUp(POLICY);
  const counts = async () => {
    const question = { targetId: 'srv_a', start: T0, end: T0 + DAYS * DAY_MS - 1, stepMs: DAY_MS };
    const { points } = await store.range({ ...question, agg: 'count', limit: 100 });
    return points.map(({ values }) => [values.cpu, values['disk.used']]);
  };
  const before = Array(DAYS).fill([24, 24]);
  expect(await counts()).toEqual(before);
  await store.cleanUp({ ...POLICY, rules });
  const late = { cpu: 1, 'disk.used': 1 };
  await store.append(frameAt('srv_a', T0 + 5 * DAY_MS + MINUTE_MS, late));
  await store.append(frameAt('srv_a', T0 + 15 * DAY_MS + MINUTE_MS, late));
  before[15] = [25, 25];
  expect(await counts()).toEqual(before);
  await store.settle();
  expect(await counts()).toEqual(before);
  expect((await store.stats()).samplesRefused).toBe(2);
  await store.close();
});
