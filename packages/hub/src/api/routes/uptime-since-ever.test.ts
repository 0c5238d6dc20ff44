import { expect, test } from 'vitest';
import { Holds } from '../../alerts/holds/holds.ts';
import { target } from '../../alerts/test/observations.ts';
import { service } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

test('a question about all time takes no hub away, whatever maintenance there is', async () => {
  const holds = new Holds({ silences: { holding: () => null } as never, wall: Date.now });
  const plan = { name: 'n', match: {}, cron: '0 * * * *', timezone: 'UTC', durationMs: 600_000 };
  holds.configure([target(service().id)], [plan]);
  const { ask } = await setup({ deps: { planned: holds.planned } });
  const since = process.cpuUsage();
  await ask(`/api/v1/services/${encodeURIComponent(service().name)}/uptime?since=1970-01-01T00:00:00Z`);
  expect(process.cpuUsage(since).user / 1_000).toBeLessThan(2_000);
});
