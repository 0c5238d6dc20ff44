// Whatever the wall clock does, and whenever it is that archive, clean-up and starts meet it: a sample that was taken is in
// the store or the archive. What a clean-up without an archive deletes is left to the series package.
import { TestClock } from '@guardia/kernel';
import { openSeries, type RetentionPolicy } from '@guardia/series';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openArchive } from './archive.ts';
import { archiveJob } from './archive-job.ts';
import { everything } from './test/everything.ts';
import { DAY, HOUR, T0, temporaryFolder } from './test/samples.ts';

/** More walks: GUARDIA_KILL_ROUNDS=200 vitest run packages/archive/src/clock-walk.test.ts */
const WALKS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 5);
const POLICY: RetentionPolicy = {
  rawMs: 5 * DAY,
  tiers: { '1m': null, '5m': 18 * DAY, '1h': 1825 * DAY },
  rules: [{ match: 'disk', rawMs: 2 * DAY }],
};
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ polls: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ aheadMs: fc.constantFrom(0, HOUR, -HOUR, DAY, -40 * DAY, 365 * DAY) }),
  },
  { weight: 4, arbitrary: fc.constantFrom('start' as const, 'archive' as const, 'settle' as const) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Lost once: samples of a clock that was behind, still open when two starts in a row met other ages of raw samples. */
const BEHIND_AND_TWO_STARTS: Step[] = [
  { polls: 30 },
  { aheadMs: 365 * DAY },
  { polls: 23 },
  'settle',
  { aheadMs: DAY },
  'archive',
  { aheadMs: -40 * DAY },
  { polls: 27 },
  { aheadMs: HOUR },
  'start',
  'start',
  { polls: 12 },
  'archive',
];

async function setup() {
  const folder = temporaryFolder();
  const archive = openArchive({ path: `${folder}/archive`, partition: 'day' });
  const clock = new TestClock({ wallMs: T0 + 100 * DAY });
  const path = `${folder}/series.db`;
  const open = () => openSeries({ backend: 'sqlite', path, clock, archive, policy: POLICY });
  const sent = new Set<number>();
  let store = await open();
  let ahead = 0;
  return {
    sent,
    found: () => everything(store, archive, ['srv_a']),
    async poll(count: number) {
      for (let n = 0; n < count; n++) {
        const at = clock.wall();
        const values = Float64Array.of(n, -n);
        await store.append({ targetId: 'srv_a', at, layout: { keys: ['cpu', 'disk'] }, values });
        await store.flush();
        sent.add(at);
        clock.jumpWall(2 * HOUR + 1);
      }
    },
    jump(aheadMs: number) {
      clock.jumpWall(aheadMs - ahead);
      ahead = aheadMs;
    },
    async start() {
      await store.close();
      store = await open();
    },
    settle: () => store.settle(),
    /** As the hub does it. */
    async archive() {
      await archiveJob(store, archive, { afterMs: 3 * DAY, now: clock.wall() });
      const until = (await store.archivedUntil()) ?? Number.NEGATIVE_INFINITY;
      const ageMs = until > clock.wall() ? Number.POSITIVE_INFINITY : clock.wall() - until;
      const rawMs = Math.min(Number.MAX_SAFE_INTEGER, Math.max(POLICY.rawMs, ageMs));
      await store.cleanUp({ ...POLICY, rawMs, rules: [{ match: 'disk', rawMs }] });
    },
    async close() {
      await store.close();
      await archive.close();
    },
  };
}

it(`never loses a sample, in ${WALKS} walks`, { timeout: 60_000 + WALKS * 5000 }, async () => {
  const walk = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
    const hub = await setup();
    for (const each of steps) {
      if (typeof each === 'string') await hub[each]();
      else if ('polls' in each) await hub.poll(each.polls);
      else hub.jump(each.aheadMs);
    }
    const all = [...hub.sent].sort((a, b) => a - b);
    const found = await hub.found();
    await hub.close();
    for (const key of ['cpu', 'disk']) expect(found[`srv_a ${key}`] ?? []).toEqual(all);
  });
  await fc.assert(walk, { numRuns: WALKS, endOnFailure: true, examples: [[BEHIND_AND_TWO_STARTS]] });
});
