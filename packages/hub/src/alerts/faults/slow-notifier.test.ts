// A notifier that never answers: evaluations, checks and other notifiers go on as if it weren't there. How long an attempt
// may take is tested in ../attempt.test.ts.
import { expect, test } from 'vitest';
import { runAlerts } from '../test/hub.ts';
import { until } from '../test/kit.ts';
import { held, RecordingNotifier } from '../test/notifiers.ts';
import { check, target, USAGE_RULE, usage } from '../test/observations.ts';

test('rule 17: a notifier that never answers delays no evaluation, no check and no other notifier', async () => {
  const [slow, quick] = [new RecordingNotifier('slow'), new RecordingNotifier('quick')];
  const ends = Array.from({ length: 20 }, () => held());
  for (const { answer } of ends) slow.next(answer);
  const ids = Array.from({ length: 100 }, (_, i) => `srv_${i}`);
  const down = { ...USAGE_RULE, rule: 'service_down', limit: null, notifiers: ['slow', 'quick'] } as const;
  const hub = await runAlerts({
    notifiers: [slow, quick],
    targets: ids.map((id) => target(id, [{ ...USAGE_RULE, notifiers: ['slow', 'quick'] }, down])),
  });
  const at = () => hub.clock.wall();
  // No time passes in all of this, so that nothing can have waited for a time-out.
  await hub.ingest.observe(usage('srv_0', 99, at()));
  await until(() => slow.open === 1);
  await Promise.all(ids.map((id) => hub.ingest.observe(check({ targetId: id, at: at(), status: 'down' }))));
  await Promise.all(ids.map((id) => hub.ingest.observe(check({ targetId: id, at: at(), status: 'up' }))));
  await until(() => quick.sent.length === 1 + 2 * ids.length);
  expect([slow.open, slow.mostOpen]).toEqual([4, 4]);
  expect(await hub.reader.current({ limit: 10 })).toMatchObject([{ rule: 'usage', state: 'firing' }]);

  for (const { end } of ends) end();
  await until(() => slow.sent.length === 1 + 2 * ids.length);
  const keys = ({ sent }: RecordingNotifier) => sent.map(({ dedupeKey }) => dedupeKey).sort();
  expect(keys(slow)).toEqual(keys(quick));
});
