// Messages of several groups that leave in the same moment, and again: by their keys a receiver can tell them apart, and a
// repeat from what is new. Which alerts make a group is tested in ../outbox.test.ts.
import { expect, test } from 'vitest';
import { runAlerts } from '../test/hub.ts';
import { until } from '../test/kit.ts';
import { RecordingNotifier } from '../test/notifiers.ts';
import { target, usage } from '../test/observations.ts';

test('rules 15, 18: each group’s message has a key of its own, the same at every attempt', async () => {
  const ops = new RecordingNotifier('ops');
  for (let i = 0; i < 2; i += 1) ops.next({ type: 'retry', afterMs: null, error: 'ops: 503' });
  const groups = ['web', 'web', 'db', 'db'];
  const targets = groups.map((group, i) => ({ ...target(`srv_${i}`), group }));
  const hub = await runAlerts({ targets });
  const policy = { groupWaitMs: 30_000, groupBy: ['group'], maxPerMinute: null } as const;
  await hub.setNotifiers([ops], new Map([['ops', policy]]));
  await Promise.all(targets.map(({ id }) => hub.ingest.observe(usage(id, 99, 1))));
  await until(async () => {
    await hub.clock.advance(1_000);
    return ops.messages.length === 4;
  });
  const keysOf = (group: string) => {
    const sent = ops.messages.filter(({ notices }) => notices[0].alert.group === group);
    return new Set(sent.map(({ dedupeKey }) => dedupeKey));
  };
  const [web, db] = [keysOf('web'), keysOf('db')];
  expect([web.size, db.size]).toEqual([1, 1]);
  expect(web).not.toEqual(db);
});
