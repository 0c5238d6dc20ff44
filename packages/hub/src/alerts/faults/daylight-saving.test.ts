// Both daylight-saving nights through maintenance windows: when windows open in zones that skip and repeat other times than
// Europe does, and what an alert that fires in such a night becomes. Single cases are in ../holds/maintenance.test.ts.
import { openStateDb } from '@guardia/db';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Holds } from '../holds/holds.ts';
import { MaintenanceWindow } from '../holds/maintenance.ts';
import { StoredSilences } from '../holds/silences.ts';
import { HOLD_MIGRATIONS, type HoldTables } from '../holds/tables.ts';
import { ALERT_MIGRATIONS, type AlertTables } from '../tables.ts';
import { runAlerts } from '../test/hub.ts';
import { until } from '../test/kit.ts';
import { RecordingNotifier } from '../test/notifiers.ts';
import { check, target, USAGE_RULE } from '../test/observations.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const iso = (at: number) => new Date(at).toISOString();

/** What the zone's clock shows, as if it were UTC. */
function shownIn(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (at) => Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
}

/** Beginnings of a daily window, minute by minute: the first time that the clock shows it, or the end of the gap that
 *  skips it. */
function expectedStarts(shown: (at: number) => number, minuteOfDay: number, from: number, to: number) {
  const starts: number[] = [];
  let latest = shown(from - MINUTE_MS);
  for (let at = from; at < to; at += MINUTE_MS) {
    const now = shown(at);
    for (let minute = latest + MINUTE_MS; minute <= now; minute += MINUTE_MS) {
      if ((minute / MINUTE_MS) % 1_440 === minuteOfDay) starts.push(at);
    }
    latest = Math.max(latest, now);
  }
  return starts.map(iso);
}

describe('rule 11: a daily window opens once a day', () => {
  test.each([
    ['Europe/Rome', '2026-03-29T01:00Z'],
    ['Europe/Rome', '2026-10-25T01:00Z'],
    ['America/New_York', '2026-03-08T07:00Z'],
    ['America/New_York', '2026-11-01T06:00Z'],
    // Half an hour is skipped or comes twice.
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
    // Midnight is skipped, or comes twice.
    ['America/Santiago', '2026-09-06T04:00Z'],
    ['America/Havana', '2026-11-01T05:00Z'],
    ['Atlantic/Azores', '2026-03-29T01:00Z'],
    ['Asia/Kolkata', '2026-03-29T01:00Z'],
  ])('in %s around %s, at whatever time it is to begin', (timezone, text) => {
    const shown = shownIn(timezone);
    const [from, to] = [Date.parse(text) - 3 * HOUR_MS, Date.parse(text) + 3 * HOUR_MS];
    const durationMs = 20 * MINUTE_MS;
    for (let minute = 0; minute < 1_440; minute += 15) {
      const cron = `${minute % 60} ${Math.floor(minute / 60)} * * *`;
      const window = new MaintenanceWindow({ cron, timezone, durationMs });
      const starts = [...window.within({ start: from - durationMs, end: to })]
        .map(({ start }) => start)
        .filter((start) => start >= from);
      expect([cron, ...starts.map(iso)]).toEqual([cron, ...expectedStarts(shown, minute, from, to)]);
      for (const start of starts) {
        const isOpen = [-1, 0, durationMs - 1, durationMs].map((ms) => window.isOpen(start + ms));
        expect(isOpen).toEqual([false, true, true, false]);
      }
    }
  });
});

/** A hub whose clock shows `at`, with a window every night from 02:30 to 03:30 in Rome. */
async function nightOf(at: string) {
  const ops = new RecordingNotifier();
  const db = await openStateDb<AlertTables & HoldTables>({
    path: ':memory:',
    migrations: [...ALERT_MIGRATIONS, ...HOLD_MIGRATIONS],
  });
  onTestFinished(() => db.close());
  const rule = { ...USAGE_RULE, rule: 'service_down', limit: null } as const;
  const targets = [target('svc_a', [rule])];
  let wall = () => 0;
  const silences = new StoredSilences({ db, wall: () => wall(), changed: () => {} });
  const holds = new Holds({ silences, wall: () => wall() });
  const cron = { cron: '30 2 * * *', timezone: 'Europe/Rome', durationMs: HOUR_MS };
  holds.configure(targets, [{ name: 'nightly', match: {}, ...cron }]);
  const hub = await runAlerts({
    db,
    notifiers: [ops],
    targets,
    holdOf: (alert, isTroubled) => holds.of(alert, isTroubled),
    started: async ({ clock }) => {
      clock.jumpWall(Date.parse(at) - clock.wall());
      wall = () => clock.wall();
    },
  });
  const see = (status: 'up' | 'down') =>
    hub.ingest.observe(check({ targetId: 'svc_a', at: hub.clock.wall(), status }));
  const held = async () => (await hub.reader.current({ limit: 1 }))[0]?.held ?? null;
  const passUntil = async (time: string) => {
    while (hub.clock.wall() < Date.parse(time)) {
      await hub.clock.advance(MINUTE_MS / 2);
      await hub.reader.counts();
    }
  };
  return { hub, ops, see, held, passUntil };
}

const NIGHTLY = { reason: 'maintenance', by: 'nightly' };

describe('rule 11: an alert of a daylight-saving night', () => {
  test.each([
    ['the night that skips the beginning', '2026-03-29T00:55Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
    ['the night that has it twice', '2026-10-25T00:25Z', '2026-10-25T00:30Z', '2026-10-25T01:30Z'],
  ])('%s: it waits from the beginning of the window to its end', async (_, before, start, end) => {
    const { ops, see, held, passUntil } = await nightOf(before);
    await passUntil(start);
    await see('down');
    expect(await held()).toEqual(NIGHTLY);
    await passUntil(iso(Date.parse(end) - MINUTE_MS));
    expect([await held(), ops.sent]).toEqual([NIGHTLY, []]);
    await passUntil(iso(Date.parse(end) + MINUTE_MS));
    await until(() => ops.sent.length === 1);
    expect([await held(), ops.sent[0]!.kind]).toEqual([null, 'firing']);
  });

  test.each([
    ['before the window', '2026-03-29T00:58Z'],
    ['at 02:30 of the second time', '2026-10-25T01:30Z'],
  ])('%s: it is told at once', async (_, at) => {
    const { ops, see, held } = await nightOf(at);
    await see('down');
    await until(() => ops.sent.length === 1);
    expect(await held()).toBeNull();
  });

  test('that begins and ends within the window is told to nobody', async () => {
    const { ops, see, passUntil } = await nightOf('2026-10-25T00:31Z');
    await see('down');
    await passUntil('2026-10-25T01:10Z');
    await see('up');
    await passUntil('2026-10-25T02:00Z');
    expect(ops.sent).toEqual([]);
  });
});
