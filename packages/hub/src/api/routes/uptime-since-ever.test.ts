import { openStateDb } from '@guardia/db';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { MaintenanceTimes } from '../../alerts/holds/maintenance-times.ts';
import { HOLD_MIGRATIONS, type HoldTables } from '../../alerts/holds/tables.ts';
import { target } from '../../alerts/test/observations.ts';
import { service } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

test('a question about all time takes no hub away, whatever maintenance there was', async () => {
  const db = await openStateDb<HoldTables>({ path: ':memory:', migrations: HOLD_MIGRATIONS });
  onTestFinished(() => db.close());
  const hours = sql`with recursive hours (at) as (select 0 union all select at + 3600000 from hours limit 25000)`;
  await sql`insert into maintenance_times (name, starts_at, ends_at, match, is_over)
    ${hours} select 'n', at, at + 600000, '{}', 1 from hours`.execute(db.query);
  const times = new MaintenanceTimes({ db, wall: Date.now, publish: () => {} });
  await times.load();
  const plan = { name: 'n', match: {}, cron: '0 * * * *', timezone: 'UTC', durationMs: 600_000 };
  await times.configure([target(service().id)], [plan]);
  const { ask } = await setup({ deps: { planned: times.planned, checksKeptMs: () => Date.now() } });
  const since = process.cpuUsage();
  const path = `/api/v1/services/${encodeURIComponent(service().name)}/uptime?since=1970-01-01T00:00:00Z`;
  expect((await ask(path)).status).toBe(400);
  expect(process.cpuUsage(since).user / 1_000).toBeLessThan(2_000);
});
