import { TestClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { expect, it } from 'vitest';
import { openArchive } from './archive.ts';
import { archiveJob } from './archive-job.ts';
import { everything } from './test/everything.ts';
import { DAY, T0, temporaryFolder } from './test/samples.ts';

it('keeps the archive over a start with a clock that is behind', async () => {
  const folder = temporaryFolder();
  const archive = openArchive({ path: `${folder}/archive`, partition: 'day' });
  const clock = new TestClock({ wallMs: T0 });
  const open = () => openSeries({ backend: 'sqlite', path: `${folder}/series.db`, clock, archive });
  let store = await open();
  for (let n = 0; n < 20; n++)
    await store.append({
      targetId: 'srv_a',
      at: T0 + n * DAY,
      layout: { keys: ['cpu'] },
      values: Float64Array.of(n),
    });
  await store.flush();
  clock.jumpWall(T0 + 20 * DAY - clock.wall());
  await archiveJob(store, archive, { afterMs: 7 * DAY, now: clock.wall() });
  const seen = async () => (await everything(store, archive, ['srv_a']))['srv_a cpu']?.length;
  await store.close();
  clock.jumpWall(T0 - clock.wall());
  store = await open();
  expect(await seen()).toBe(20);
  await store.close();
  clock.jumpWall(T0 + 20 * DAY - clock.wall());
  store = await open();
  await archiveJob(store, archive, { afterMs: 7 * DAY, now: clock.wall() });
  expect([(await archive.list()).length, await seen()]).toEqual([13, 20]);
  await store.close();
  await archive.close();
});
