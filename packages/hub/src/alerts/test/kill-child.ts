// A hub's alerts in a process of their own, made to be killed: drives random observations through engine and outbox on
// a file database until it is ended, or, with `settle`, until nothing is left to send.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStateDb } from '@guardia/db';
import { ActorSystem, supervisor } from '@guardia/kernel';
import { createAlerts } from '../alerts.ts';
import type { Notifier } from '../notifiers/notifier.ts';
import { ALERT_MIGRATIONS, type AlertTables } from '../tables.ts';
import { frame, target, USAGE_RULE } from './observations.ts';
import { seededRandom } from './seeded-random.ts';

const [dbPath, sentPath, committedPath, seed, mode] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const random = seededRandom(Number(seed));
const ids = Array.from({ length: 10 }, (_, i) => `srv_${i}`);

/** Writes down what it is sent before it answers, as a far side would that the kill doesn't reach. */
function fileNotifier(name: string): Notifier {
  return {
    name,
    kind: 'file',
    async send({ notices }) {
      const lines = notices.map(({ kind, alert, dedupeKey }) =>
        JSON.stringify({ notifier: name, kind, id: alert.id, dedupeKey }),
      );
      appendFileSync(sentPath, `${lines.join('\n')}\n`);
      process.stdout.write('s');
      await sleep(random() * 3);
      if (random() < 0.1) return { type: 'retry', afterMs: null, error: `${name}: lost the connection` };
      return { type: 'delivered', detail: 'written' };
    },
    async close() {},
  };
}

const db = await openStateDb<AlertTables>({ path: dbPath, migrations: ALERT_MIGRATIONS });
const system = new ActorSystem();
const alerts = createAlerts({
  db,
  system,
  owner: 'hub',
  random: () => 0,
  publish(event) {
    if (event.type !== 'alert' || event.alert.state !== 'firing') return;
    appendFileSync(committedPath, `${event.alert.id}\n`);
    process.stdout.write('c');
  },
  log: { warn: console.error },
});
await alerts.setNotifiers([fileNotifier('ops'), fileNotifier('hook')]);
await system.spawn(supervisor({ children: [alerts.spec] }));
await alerts.ingest.configure(
  ids.map((id, i) => target(id, [{ ...USAGE_RULE, rule: 'disk', grace: i % 4, notifiers: ['ops', 'hook'] }])),
);

if (mode === 'settle') {
  while ((await waiting()) > 0) await sleep(20);
  await system.shutdown();
  await alerts.stop();
  await db.close();
} else {
  await Promise.all(ids.map(storm));
}

/** A disk a dozen times, then another: enough for several lives of one alert, and for some to flap. */
async function storm(id: string): Promise<void> {
  for (let i = 0; ; i++) {
    const disk = `disk.used_percent{mount="/${seed}-${Math.floor(i / 12)}"}`;
    await alerts.ingest.observe(frame(id, { [disk]: random() < 0.6 ? 99 : 1 }, Date.now()));
    await sleep(random() * 20);
  }
}

async function waiting(): Promise<number> {
  const pending = await alerts.reader.deliveries({ state: 'pending', limit: 1 });
  const sending = await alerts.reader.deliveries({ state: 'sending', limit: 1 });
  return pending.length + sending.length;
}
