// The victim of the kill -9 test: appends numbered frames to the file named as its argument, and prints the number of
// the last one after each flush. It never ends by itself; kill-9.test.ts ends it.
import { systemClock } from '@guardia/kernel';
import { openSeries } from '../open-series.ts';
import { frame, outcome } from './frames.ts';

const store = await openSeries({ backend: 'sqlite', path: process.argv[2]!, clock: systemClock });
for (let n = (await store.stats()).framesStored; ; n++) {
  await store.append(frame('srv_a', n));
  await store.appendCheck(outcome('svc_a', n));
  if (n % 150 !== 149) continue;
  await store.flush();
  process.stdout.write(`${n}\n`);
}
