// The victim of the kill -9 test of the spool: appends numbered frames from the number given on, and prints after each
// flush the newest number and whether it went to the spool. It never ends by itself; kill-9.test.ts ends it.
import { systemClock } from '@guardia/kernel';
import { openSeries } from '../../open-series.ts';
import { frame, outcome } from '../../test/frames.ts';

const [url, spoolPath, from] = process.argv.slice(2);
const store = await openSeries({ backend: 'postgres', url: url!, spoolPath: spoolPath!, clock: systemClock });
for (let n = Number(from); ; n++) {
  await store.append(frame('srv_a', n));
  await store.appendCheck(outcome('svc_a', n));
  if (n % 40 !== 39) continue;
  await store.flush();
  process.stdout.write(`${n} ${store.writeError === null ? 'database' : 'spool'}\n`);
}
