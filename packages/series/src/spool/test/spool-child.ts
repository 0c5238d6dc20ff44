// The victim of the kill -9 test of the spool: appends numbered frames from the number given on and flushes them, once for
// each line it gets, and prints the newest number and whether it went to the spool. Ending it is left to kill-9.test.ts.
import { createInterface } from 'node:readline';
import { systemClock } from '@guardia/kernel';
import { openSeries } from '../../open-series.ts';
import { frame, outcome } from '../../test/frames.ts';

const FLUSH_FRAMES = 10;
const [url, spoolPath, from] = process.argv.slice(2);
const store = await openSeries({ backend: 'postgres', url: url!, spoolPath: spoolPath!, clock: systemClock });
let n = Number(from);
for await (const _ of createInterface(process.stdin)) {
  for (const end = n + FLUSH_FRAMES; n < end; n++) {
    await store.append(frame('srv_a', n));
    await store.appendCheck(outcome('svc_a', n));
  }
  await store.flush();
  process.stdout.write(`${n - 1} ${store.writeError === null ? 'database' : 'spool'}\n`);
}
await store.close();
