// The victim of the kill -9 test: adds a day of frames to a store and moves what is older than a day to the archive, over
// and over, and prints a line at each step. It never ends by itself; kill-9.test.ts ends it.
import { TestClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { archiveJob, openArchive } from '../index.ts';
import type { Partition } from '../slot.ts';

const [, , folder, start, partition] = process.argv;
const STEP = 300_000;
const A_DAY = 288;
const archive = openArchive({ path: `${folder}/archive`, partition: partition as Partition });
const clock = new TestClock({ wallMs: Number(start) });
const store = await openSeries({ backend: 'sqlite', path: `${folder}/series.db`, clock, archive });
const layout = { keys: ['cpu', 'disk{mount="/"}'] };
const newest = (await store.latest('srv_a', 1))[0]?.at;
let n = newest === undefined ? 0 : (newest - Number(start)) / STEP + 1;

for (;;) {
  for (const last = n + A_DAY; n < last; n++) {
    const at = Number(start) + n * STEP;
    for (const targetId of ['srv_b', 'srv_a'])
      await store.append({ targetId, at, layout, values: Float64Array.of(n, -n) });
  }
  await store.flush();
  clock.jumpWall(Number(start) + n * STEP - clock.wall());
  await store.settle();
  process.stdout.write('filled\n');
  await archiveJob(store, archive, { afterMs: 86_400_000, now: clock.wall() });
  process.stdout.write('archived\n');
}
