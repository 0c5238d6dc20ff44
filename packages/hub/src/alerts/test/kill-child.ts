// A hub's alerts in a process of their own, made to be killed: a storm of trouble, recoveries, silences and reminders on a
// file database until it is ended, or, with `settle`, everything well again and told. What must be true of what it
// leaves is kill.test.ts's.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStateDb } from '@guardia/db';
import { ActorSystem, type Clock, supervisor, systemClock } from '@guardia/kernel';
import { createAlerts } from '../alerts.ts';
import { Holds } from '../holds/holds.ts';
import { StoredSilences } from '../holds/silences.ts';
import { HOLD_MIGRATIONS, type HoldTables } from '../holds/tables.ts';
import type { Notifier } from '../notifiers/notifier.ts';
import type { AlertTarget } from '../public.ts';
import { ALERT_MIGRATIONS, type AlertTables } from '../tables.ts';
import { frame, target, USAGE_RULE } from './observations.ts';
import { seededRandom } from './seeded-random.ts';

const [dbPath, sentPath, committedPath, beganMs, seed, mode] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const isStorm = mode === 'storm';
const random = seededRandom(Number(seed));
const ids = Array.from({ length: 12 }, (_, i) => `srv_${i}`);

/** So much faster than real time, that reminders, group waits and retries come within a round. */
const FAST = 100;
/** So long after the storm what flapped is calm. */
const CALM_MS = 660_000;
let aheadMs = 0;
const clock: Clock = {
  wall: () => Number(beganMs) + (Date.now() - Number(beganMs)) * FAST + aheadMs,
  mono: () => systemClock.mono() * FAST,
  after: (ms, f) => systemClock.after(ms / FAST, f),
};

/** Writes down what it is sent before it answers, as a far side would that the kill doesn't reach. Now and then it fails,
 *  before it has taken the message or after. */
function fileNotifier(name: string): Notifier {
  const lost = { type: 'retry', afterMs: null, error: `${name}: lost the connection` } as const;
  return {
    name,
    kind: 'file',
    async send({ dedupeKey: message, notices }) {
      if (random() < 0.1) return lost;
      const told = notices.map(({ kind, alert: { id, targetId, rule, instance }, dedupeKey }) => {
        return { kind, id, of: [targetId, rule, instance], dedupeKey };
      });
      appendFileSync(sentPath, `${JSON.stringify({ notifier: name, message, told })}\n`);
      process.stdout.write('s');
      await sleep(random() * 3);
      return random() < 0.1 ? lost : { type: 'delivered', detail: 'written' };
    },
    async close() {},
  };
}

/** In three groups; some nag, some escalate, and three depend on the first. */
function targetOf(id: string, i: number): AlertTarget {
  const told = {
    notifiers: ['ops', 'hook'],
    repeatMs: i % 2 === 0 ? 20_000 : null,
    escalation: i % 3 === 0 ? [{ afterMs: 15_000, alert: ['boss'] }] : [],
  };
  return {
    ...target(id, [
      { ...USAGE_RULE, rule: 'disk', grace: i % 4, ...told },
      { ...USAGE_RULE, rule: 'unreachable', limit: null, grace: 2, ...told },
    ]),
    group: `group ${i % 3}`,
    dependsOn: i > 0 && i < 4 ? ['srv_0'] : [],
  };
}

const db = await openStateDb<AlertTables & HoldTables>({
  path: dbPath,
  migrations: [...ALERT_MIGRATIONS, ...HOLD_MIGRATIONS],
});
const system = new ActorSystem({ clock });
const silences = new StoredSilences({ db, wall: clock.wall, changed: () => alerts.holdsChanged() });
const holds = new Holds({ silences, wall: clock.wall });
const alerts = createAlerts({
  db,
  system,
  owner: 'hub',
  random,
  holdOf: (alert, isTroubled) => holds.of(alert, isTroubled),
  publish(event) {
    if (event.type !== 'alert' || event.alert.state !== 'firing') return;
    appendFileSync(committedPath, `${event.alert.id}\n`);
    process.stdout.write('c');
  },
  log: { warn: console.error },
});
await silences.load();
await alerts.setNotifiers(
  ['ops', 'hook', 'boss'].map(fileNotifier),
  new Map([
    ['hook', { groupWaitMs: 10_000, groupBy: ['group', 'rule'], maxPerMinute: null }],
    ['boss', { groupWaitMs: 0, groupBy: ['target', 'rule'], maxPerMinute: 100 }],
  ]),
);
await system.spawn(supervisor({ children: [alerts.spec] }));
const targets = ids.map(targetOf);
holds.configure(targets, []);
await alerts.ingest.configure(targets);
await recoverAll();

if (isStorm) {
  await Promise.all([...ids.map(storm), silence()]);
} else {
  for (const { id } of silences.list()) await silences.end(id, 'ana');
  aheadMs = CALM_MS;
  alerts.holdsChanged();
  while (!(await isSettled())) await sleep(20);
  await system.shutdown();
  await alerts.stop();
  await db.close();
}

/** What an earlier life left in trouble is well now. */
async function recoverAll(): Promise<void> {
  const current = await alerts.reader.current({ limit: 10_000 });
  const recovered = ids.map((id) => {
    const left = current.filter(({ targetId, rule }) => targetId === id && rule === 'disk');
    return alerts.ingest.observe(
      frame(id, Object.fromEntries(left.map(({ instance }) => [diskKey(instance), 1])), clock.wall()),
    );
  });
  await Promise.all(recovered);
}

/** A disk a dozen times, then another: enough for several lives of one alert, and for some to flap. */
async function storm(id: string): Promise<void> {
  for (let i = 0; ; i++) {
    const disk = diskKey(`/${seed}-${Math.floor(i / 12)}`);
    const at = clock.wall();
    await (random() < 0.15
      ? alerts.ingest.observe({ type: 'unreachable', targetId: id, at, error: 'no route' })
      : alerts.ingest.observe(frame(id, { [disk]: random() < 0.6 ? 99 : 1 }, at)));
    await sleep(random() * 20);
  }
}

/** Now and then some targets, or all, are silent for a while; some of it ends by itself, some is ended. */
async function silence(): Promise<void> {
  for (;;) {
    await sleep(random() * 60);
    const startsAt = clock.wall();
    const given = { author: 'ana', reason: 'storm', startsAt, endsAt: startsAt + 1_000 + random() * 20_000 };
    const times = { ...given, endsAt: Math.round(given.endsAt) };
    const { id } = await (random() < 0.2
      ? silences.add({ kind: 'mute', match: {}, ...times })
      : silences.add({ kind: 'silence', match: { target: `srv_${Math.floor(random() * 10)}*` }, ...times }));
    await sleep(random() * 60);
    if (random() < 0.5) await silences.end(id, 'ana');
  }
}

function diskKey(mount: string): string {
  return `disk.used_percent{mount="${mount}"}`;
}

async function isSettled(): Promise<boolean> {
  const { alerts: current, deliveries } = await alerts.reader.counts();
  return (
    current.length === 0 &&
    !deliveries.some(({ state }) => state === 'held' || state === 'pending' || state === 'sending')
  );
}
