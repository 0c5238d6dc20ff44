// What alerts store and deliver, tested on a real PostgreSQL server by the tests that run on SQLite too.
import { postgresIsMissing } from '@guardia/testing';
import { describe, expect, it } from 'vitest';
import { runAlerts, told } from './test/hub.ts';
import { onPostgres, until } from './test/kit.ts';
import { RecordingNotifier } from './test/notifiers.ts';
import { target, usage } from './test/observations.ts';

describe.skipIf(postgresIsMissing())('on PostgreSQL', async () => {
  const server = onPostgres();
  await import('./store.test.ts');
  await import('./delivery-queue.test.ts');
  await import('./outbox.test.ts');
  await import('./prune.test.ts');
  await import('./engine.test.ts');
  await import('./engine-refusals.test.ts');
  await import('./engine-ticks.test.ts');
  await import('./nagging.test.ts');
  await import('./restart.test.ts');
  await import('./recall.test.ts');
  await import('./recall-escalation.test.ts');
  await import('./reader.test.ts');
  await import('./stored-twice.test.ts');
  await import('./holds/maintenance-times.test.ts');

  it('rule 15: a server that was killed and came back costs nobody an alert, nor tells one twice', async () => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    const observe = () => hub.ingest.observe(usage('srv_a', 99, 1));
    await server().kill9();
    const answer = observe();
    await until(() => ops.sent.length > 0);
    await server().restart();
    await hub.clock.advance(5_000);
    await answer;
    await until(async () => {
      await hub.clock.advance(1_000);
      return told(hub).includes('firing delivered');
    });
    await observe();
    expect(await hub.reader.deliveries({ limit: 9 })).toMatchObject([{ kind: 'firing', state: 'delivered' }]);
    expect(ops.sent.map(({ alert }) => alert.rule)).toEqual(['storage', 'usage']);
  });
});
