// What happens while a hub stops is kept like everything else: the time line closes after those who write on it. How the
// steps of a stop follow one another is teardown.test.ts's.
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { HubBench, startAgent } from './test/hub-bench.ts';

test('what is delivered while the hub stops is on the time line', async () => {
  const answer = Promise.withResolvers<void>();
  const hook = await startAgent(async () => {
    await answer.promise;
    return {};
  });
  const bench = new HubBench();
  const hub = await bench.start({
    alerts: { ops: { webhook: { url: hook.url }, group_wait: 0 } },
    servers: [{ ip: '127.0.0.1', port: 9, interval: 1, limits: { unreachable: { grace: 1, alert: 'ops' } } }],
  });
  await hook.received(0);
  const stopped = hub.stop();
  answer.resolve();
  await stopped;
  const db = new DatabaseSync(`${bench.folder}/guardia.db`, { readOnly: true });
  const rows = db.prepare("select summary from events where type = 'delivery'").all();
  db.close();
  expect(rows).toEqual([{ summary: 'ops was told (firing)' }]);
});
