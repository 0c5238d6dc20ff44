// The wall clock jumps while alerts wait: for their group, for another attempt, for the end of a silence, a mute or a
// maintenance, for a reminder. Daylight saving is tested in ../holds/maintenance.test.ts.
import { openStateDb } from '@guardia/db';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Holds } from '../holds/holds.ts';
import type { NewSilence } from '../holds/public.ts';
import { StoredSilences } from '../holds/silences.ts';
import { HOLD_MIGRATIONS, type HoldTables } from '../holds/tables.ts';
import { ALERT_MIGRATIONS, type AlertTables } from '../tables.ts';
import { runAlerts } from '../test/hub.ts';
import { until } from '../test/kit.ts';
import { held, RecordingNotifier } from '../test/notifiers.ts';
import { target, USAGE_RULE, usage } from '../test/observations.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const JUMPS = [
  ['an hour ahead', HOUR_MS],
  ['an hour back', -HOUR_MS],
  ['a year ahead', 365 * 24 * HOUR_MS],
] as const;

/** Each waits for something else. */
const IDS = ['srv_plain', 'srv_silenced', 'srv_planned'];

async function setup() {
  const [ops, team, boss] = ['ops', 'team', 'boss'].map((name) => new RecordingNotifier(name)) as [
    RecordingNotifier,
    RecordingNotifier,
    RecordingNotifier,
  ];
  const db = await openStateDb<AlertTables & HoldTables>({
    path: ':memory:',
    migrations: [...ALERT_MIGRATIONS, ...HOLD_MIGRATIONS],
  });
  onTestFinished(() => db.close());
  const rule = {
    ...USAGE_RULE,
    notifiers: ['ops', 'team'],
    repeatMs: 10 * MINUTE_MS,
    escalation: [{ afterMs: 15 * MINUTE_MS, alert: ['boss'] }],
  };
  const targets = IDS.map((id) => target(id, [rule]));
  const hub = await runAlerts({
    db,
    targets,
    holdOf: (alert, isTroubled) => holds.of(alert, isTroubled),
  });
  const { clock } = hub;
  const wall = () => clock.wall();
  const silences = new StoredSilences({ db, wall, changed: () => hub.holdsChanged() });
  const holds = new Holds({ silences, wall });
  const cron = `${new Date(wall()).getUTCMinutes()} * * * *`;
  const maintenance = { name: 'patches', match: { target: 'srv_planned' }, cron, timezone: 'UTC' };
  holds.configure(targets, [{ ...maintenance, durationMs: 20 * MINUTE_MS }]);
  const policy = { groupBy: ['group'], maxPerMinute: null } as const;
  await hub.setNotifiers([ops, team, boss], new Map([['team', { ...policy, groupWaitMs: 30_000 }]]));
  const see = (value: number) =>
    Promise.all(IDS.map((id) => hub.ingest.observe(usage(id, value, clock.wall()))));
  const hold = (kind: NewSilence['kind'], minutes: number, match: NewSilence['match'] = {}) => {
    const [startsAt, endsAt] = [wall(), wall() + minutes * MINUTE_MS];
    return silences.add({ kind, match, startsAt, endsAt, author: 'ana', reason: 'jumps' });
  };
  const pass = async (minutes: number) => {
    for (let i = 0; i < minutes * 2; i += 1) {
      await clock.advance(30_000);
      // by its answer the database has done what came before
      await hub.reader.counts();
    }
  };
  return { hub, clock, ops, team, boss, see, hold, pass };
}

const told = ({ sent }: RecordingNotifier, kind: string) =>
  sent.filter((notice) => notice.kind === kind).map(({ alert }) => alert.targetId);

describe.each(JUMPS)('a wall clock that jumps %s', (_, jumpMs) => {
  test('delays no group and no other attempt', async () => {
    const { clock, ops, team, see, pass } = await setup();
    ops.next({ type: 'retry', afterMs: 45_000, error: 'ops: 429' });
    await see(99);
    await until(() => ops.messages.length >= 1);
    clock.jumpWall(jumpMs);
    await pass(2);
    await until(() => told(ops, 'firing').length >= 2 && told(team, 'firing').length >= 1);
    expect(told(ops, 'firing').filter((id) => id === 'srv_plain')).toHaveLength(2);
    expect(told(team, 'firing')).toContain('srv_plain');
  });

  test('sends nothing twice that is being sent', async () => {
    const { clock, ops, see, pass } = await setup();
    const sending = held();
    ops.next(sending.answer);
    await see(99);
    await until(() => ops.open === 1);
    clock.jumpWall(jumpMs);
    await clock.advance(10_000);
    sending.end();
    await pass(2);
    expect(told(ops, 'firing').filter((id) => id === 'srv_plain')).toHaveLength(1);
  });

  test('leaves nothing held, waiting or untold', async () => {
    const { hub, clock, ops, team, boss, see, hold, pass } = await setup();
    await hold('silence', 30, { target: 'srv_silenced' });
    await see(99);
    await until(() => ops.sent.length === 1);
    await hold('mute', 10);
    clock.jumpWall(jumpMs);
    // As far as the clock may have gone back, the longest of what holds, and the first step of escalation.
    await pass(60 + 30 + 16);
    await until(() => told(boss, 'escalation').length === IDS.length);
    for (const notifier of [ops, team]) {
      expect(told(notifier, 'firing').sort()).toEqual([...IDS].sort());
      expect(new Set(told(notifier, 'reminder'))).toEqual(new Set(IDS));
    }
    expect(told(boss, 'escalation').sort()).toEqual([...IDS].sort());

    // Out of the next maintenance, which holds ends as well.
    await pass(25);
    await see(1);
    await pass(60);
    for (const notifier of [ops, team, boss]) {
      await until(() => told(notifier, 'resolved').length === IDS.length);
      const keys = notifier.sent.map(({ dedupeKey }) => dedupeKey);
      expect(new Set(keys).size).toBe(keys.length);
    }
    const { alerts, deliveries } = await hub.reader.counts();
    expect([alerts, deliveries.map(({ state }) => state)]).toEqual([[], ['delivered']]);
  });
});
