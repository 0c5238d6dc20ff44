// An archive's job that ran while the clock was a year ahead, and so moved everything: what comes in once the clock is right
// again lies behind the archive's mark. That a clean-up waits at such a start is left to the hub.
import { statSync, truncateSync } from 'node:fs';
import { TestClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { expect, it } from 'vitest';
import { openArchive } from './archive.ts';
import { archiveJob } from './archive-job.ts';
import { exportHistory } from './export/export-history.ts';
import { everything } from './test/everything.ts';
import { DAY, HOUR, T0, temporaryFolder } from './test/samples.ts';

const YEAR = 365 * DAY;
const AFTER = 2 * DAY;

async function setup(partition: 'day' | 'hour') {
  const folder = temporaryFolder();
  const archive = openArchive({ path: `${folder}/archive`, partition });
  const clock = new TestClock({ wallMs: T0 });
  const open = () => openSeries({ backend: 'sqlite', path: `${folder}/series.db`, clock, archive });
  const bundle = { archive, clock, store: await open(), sent: [] as number[] };
  return Object.assign(bundle, {
    async poll(days: number) {
      for (let n = 0; n < days * 4; n++) {
        const values = Float64Array.of(n, -n);
        const frame = { targetId: 'srv_a', at: clock.wall(), layout: { keys: ['cpu', 'net'] }, values };
        await bundle.store.append(frame);
        await bundle.store.flush();
        bundle.sent.push(frame.at);
        clock.jumpWall(6 * HOUR);
      }
    },
    job: () => archiveJob(bundle.store, archive, { afterMs: AFTER, now: clock.wall() }),
    async jumpAndStart(ms: number) {
      await bundle.store.close();
      clock.jumpWall(ms);
      bundle.store = await open();
    },
    async close() {
      await bundle.store.close();
      await archive.close();
    },
  });
}

type Bundle = Awaited<ReturnType<typeof setup>>;

async function exported({ store, archive }: Bundle): Promise<number[]> {
  const times: number[] = [];
  const sink = {
    finish: async () => undefined,
    abandon: async () => undefined,
    async write(_target: object, _slot: object, batches: Parameters<typeof archive.write>[2]) {
      for await (const batch of batches) times.push(...(batch.find(({ key }) => key === 'cpu')?.times ?? []));
      return { files: 0, samples: 0, bytes: 0 };
    },
  };
  const targets = [{ id: 'srv_a', name: 'a' }];
  await exportHistory({ store, archive, targets, from: null, to: T0 + 2 * YEAR, sink });
  return times;
}

it.each(['day', 'hour'] as const)(
  'loses nothing of what comes in after a clock a year ahead, in files of a %s',
  async (partition) => {
    const bundle = await setup(partition);
    const { archive, clock, sent } = bundle;
    // Ends in the middle of a day, of which the rest comes later.
    await bundle.poll(4.5);
    await bundle.jumpAndStart(YEAR);
    await bundle.job();
    expect(await archive.list()).not.toHaveLength(0);
    await bundle.jumpAndStart(-YEAR);
    const complete = async () => {
      const question = { targetId: 'srv_a', start: T0, end: T0 + 2 * YEAR, limit: 10_000 };
      const { points } = await bundle.store.range(question);
      expect(points.map(({ at }) => at)).toEqual(sent);
      const found = await everything(bundle.store, archive, ['srv_a']);
      expect(found).toEqual({ 'srv_a cpu': sent, 'srv_a net': sent });
      expect(await exported(bundle)).toEqual(sent);
      expect((await bundle.store.stats()).samplesRefused).toBe(0);
    };
    for (let day = 0; day < 6; day += 3) {
      await bundle.poll(3);
      await bundle.job();
      await complete();
    }
    // As always, only the last days are left in the database.
    const [left] = await bundle.store.raw({ targetId: 'srv_a', start: 0, end: clock.wall() });
    expect(clock.wall() - left!.times[0]!).toBeLessThanOrEqual(AFTER + DAY);
    // The mark that the year ahead left is passed like any other.
    await bundle.jumpAndStart(YEAR - 10 * DAY);
    await bundle.poll(6);
    await bundle.job();
    await complete();
    expect((await archive.verify()).problems).toEqual([]);
    await bundle.close();
  },
);

it('keeps what came late in the store while the file of its day cannot be read', async () => {
  const bundle = await setup('day');
  await bundle.poll(4.5);
  await bundle.jumpAndStart(YEAR);
  await bundle.job();
  await bundle.jumpAndStart(-YEAR);
  await bundle.poll(3);
  const { path } = (await bundle.archive.list()).at(-1)!;
  truncateSync(path, 100);
  await expect(bundle.job()).rejects.toThrow("The archive of srv_a for 2026-01-05 can't be read");
  const [late] = await bundle.store.raw({ targetId: 'srv_a', start: 0, end: bundle.clock.wall() });
  expect([...late!.times]).toEqual(bundle.sent.slice(4.5 * 4));
  expect(statSync(path).size).toBe(100);
  await bundle.close();
});
