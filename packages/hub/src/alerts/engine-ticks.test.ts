// That what depends on time alone goes on over restarts and reloads: reminders, and messages that are held. What a tick
// changes is tested with the judge.
import { describe, expect, test } from 'vitest';
import type { TargetRule } from './public.ts';
import { type RunningAlerts, runAlerts } from './test/hub.ts';
import { openAlertDb, until } from './test/kit.ts';
import { RecordingNotifier } from './test/notifiers.ts';
import { target, USAGE_RULE, usage } from './test/observations.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const repeating = (repeatMs: number): TargetRule => ({ ...USAGE_RULE, repeatMs });

/** Lets hours pass in steps, each as long as the database takes, and what is due with them leave. */
async function passHours(hub: RunningAlerts, hours: number): Promise<void> {
  for (let step = 0; step < hours * 120; step += 1) {
    await hub.clock.advance(MINUTE_MS / 2);
    await hub.ingest.observe(usage('srv_none', 1, 0));
    await hub.reader.counts();
    await hub.clock.settle();
  }
}

describe('rule 13: reminders', () => {
  test('go on after a restart of the hub, of alerts that fire for long', async () => {
    const db = await openAlertDb();
    const before = await runAlerts({ db, targets: [target('srv_a', [repeating(HOUR_MS)])] });
    await before.ingest.observe(usage('srv_a', 99, before.clock.wall() - 30 * MINUTE_MS));
    await before.shutdown();
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ db, notifiers: [ops], targets: [target('srv_a', [repeating(HOUR_MS)])] });
    await passHours(hub, 1);
    await until(() => ops.sent.some(({ kind }) => kind === 'reminder'));
  });

  test('begin when a reload brings them, of alerts that fire already', async () => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await hub.ingest.observe(usage('srv_a', 99, hub.clock.wall()));
    await passHours(hub, 1);
    await hub.ingest.configure([target('srv_a', [repeating(HOUR_MS)])]);
    await passHours(hub, 1);
    await until(() => ops.sent.some(({ kind }) => kind === 'reminder'));
  });

  test('come in the interval of a reload, be it longer or shorter than before', async () => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a', [repeating(HOUR_MS)])] });
    await hub.ingest.observe(usage('srv_a', 99, hub.clock.wall()));
    await passHours(hub, 3.1);
    await until(() => ops.sent.length === 4);
    await hub.ingest.configure([target('srv_a', [repeating(2 * HOUR_MS)])]);
    await passHours(hub, 1);
    await until(() => ops.sent.length === 5);
    await hub.ingest.configure([target('srv_a', [repeating(HOUR_MS)])]);
    await passHours(hub, 1);
    await until(() => ops.sent.length === 6);
  });
});

test('rule 11: nothing that is held is let go before the configuration is known', async () => {
  const db = await openAlertDb();
  const holdOf = () => ({ reason: 'maintenance', by: 'sunday' }) as const;
  const before = await runAlerts({ db, holdOf, targets: [target('srv_a')] });
  await before.ingest.observe(usage('srv_a', 99, before.clock.wall()));
  await before.shutdown();
  const now = { isConfigured: false };
  const ops = new RecordingNotifier();
  const hub = await runAlerts({
    db,
    notifiers: [ops],
    targets: [target('srv_a')],
    holdOf: () => (now.isConfigured ? holdOf() : null),
    started: async ({ clock }) => {
      await clock.advance(MINUTE_MS);
      now.isConfigured = true;
    },
  });
  expect(await hub.reader.current({ limit: 1 })).toMatchObject([{ held: { reason: 'maintenance' } }]);
});
