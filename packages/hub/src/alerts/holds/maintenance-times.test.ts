// When maintenance was, over changes of the configuration, restarts and jumps of the clock: the past stays as it was. On SQLite
// here and on PostgreSQL through ../postgres.test.ts.
import { TestClock } from '@guardia/kernel';
import type { MaintenanceConfig, MaintenanceEvent } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openAlertDb } from '../test/kit.ts';
import { target } from '../test/observations.ts';
import { MaintenanceTimes } from './maintenance-times.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOON = Date.parse('2026-05-01T12:00Z');
/** Of these tests. */
const LOOK_MS = 7 * MINUTE_MS;
const WEB = { ...target('svc_web'), tags: ['web'] };
const OTHER = target('svc_other');

/** From 12:30 to 13:00, every day. */
const PATCHES: MaintenanceConfig = {
  name: 'patches',
  match: { tag: 'web' },
  cron: '30 12 * * *',
  timezone: 'UTC',
  durationMs: 30 * MINUTE_MS,
};

const clockText = (at: number) => new Date(at).toISOString().slice(11, 19).replace(/:00$/, '');

async function setup(from = NOON) {
  const db = await openAlertDb();
  const clock = new TestClock({ wallMs: from });
  const events: MaintenanceEvent[] = [];
  let isBroken = false;
  const deps = {
    db: {
      ...db,
      batch: (statements: Parameters<typeof db.batch>[0]) =>
        isBroken ? Promise.reject(new Error('disk full')) : db.batch(statements),
    },
    wall: () => clock.wall(),
    publish: (event: MaintenanceEvent) => void events.push(event),
  };
  /** A hub that starts now, where another one may have run. */
  const start = async (...maintenance: readonly MaintenanceConfig[]) => {
    const times = new MaintenanceTimes(deps);
    await times.load();
    await times.configure([WEB, OTHER], maintenance);
    return times;
  };
  const passTo = async (time: string, ...running: readonly Pick<MaintenanceTimes, 'look'>[]) => {
    const end = Date.parse(`2026-05-01T${time}Z`);
    while (clock.wall() < end) {
      await clock.advance(Math.min(LOOK_MS, end - clock.wall()));
      for (const times of running) await times.look();
    }
  };
  const past = async (times: MaintenanceTimes, id = WEB.id) =>
    (await times.planned(id, { start: 0, end: clock.wall() })).map(
      ({ start, end }) => `${clockText(start)}-${clockText(end)}`,
    );
  const told = () => events.map(({ what, at }) => `${what} ${clockText(at)}`);
  const breakDb = (broken: boolean) => {
    isBroken = broken;
  };
  return { db, clock, start, passTo, past, told, events, breakDb };
}

/** Of random stories. */
const PLANS: MaintenanceConfig[] = [
  { ...PATCHES, cron: '0 * * * *', durationMs: 10 * MINUTE_MS },
  { ...PATCHES, name: 'often', cron: '*/7 * * * *', durationMs: 3 * MINUTE_MS },
  { ...PATCHES, name: 'long', cron: '20 12,13 * * *', durationMs: 50 * MINUTE_MS },
];

/** Whether one of them is open in this minute after noon. */
function isOpen(plans: readonly MaintenanceConfig[], minute: number): boolean {
  const ofHour = minute % 60;
  const open: Readonly<Record<string, boolean>> = {
    patches: ofHour < 10,
    often: ofHour % 7 < 3,
    long: (minute >= 20 && minute < 70) || (minute >= 80 && minute < 130),
  };
  return plans.some(({ name }) => open[name]);
}

interface Step {
  readonly minutes: number;
  readonly next: 'look' | 'restart' | MaintenanceConfig[];
}

const STEP: fc.Arbitrary<Step> = fc.record({
  minutes: fc.integer({ min: 1, max: 25 }),
  next: fc.oneof(fc.constant('look' as const), fc.constant('restart' as const), fc.subarray(PLANS)),
});

const minuteOf = (at: number) => (at - NOON) / MINUTE_MS;
const upTo = (length: number, from: number) => Array.from({ length }, (_, i) => from + i);

function minutesOf(windows: readonly { readonly start: number; readonly end: number }[]): Set<number> {
  return new Set(windows.flatMap(({ start, end }) => upTo((end - start) / MINUTE_MS, minuteOf(start))));
}

describe('rule 5: maintenance counts as it was when the time passed', () => {
  test('of a window that is taken out later', async () => {
    const { start, passTo, past } = await setup();
    const times = await start(PATCHES);
    await passTo('14:00', times);
    await times.configure([WEB, OTHER], []);
    await passTo('15:00', times);
    expect(await past(times)).toEqual(['12:30-13:00']);
    expect(await past(await start())).toEqual(['12:30-13:00']);
    expect([await past(times, OTHER.id), await past(times, 'svc_gone')]).toEqual([[], []]);
  });

  test('of a window that is added later, or while it would be open', async () => {
    const { start, passTo, past, told } = await setup();
    const times = await start();
    await passTo('12:40', times);
    await times.configure([WEB], [PATCHES]);
    await passTo('12:50', times);
    expect(await past(times)).toEqual(['12:40-12:50']);
    await times.configure([WEB], [PATCHES, { ...PATCHES, name: 'earlier', cron: '0 12 * * *' }]);
    await passTo('14:00', times);
    expect(await past(times)).toEqual(['12:40-13:00']);
    expect(told()).toEqual(['began 12:40', 'ended 13:00']);
  });

  test.each([
    ['shortened', { durationMs: 15 * MINUTE_MS }, '12:45'],
    ['shortened to what is over', { durationMs: 5 * MINUTE_MS }, '12:40'],
    ['lengthened', { durationMs: 45 * MINUTE_MS }, '13:15'],
    ['moved', { cron: '0 14 * * *' }, '12:40'],
  ])('of a window that is %s while it is open', async (_what, change, end) => {
    const { start, passTo, past, told } = await setup();
    const times = await start(PATCHES);
    await passTo('12:40', times);
    await times.configure([WEB], [{ ...PATCHES, ...change }]);
    await passTo('13:30', times);
    expect(await past(times)).toEqual([`12:30-${end}`]);
    expect(told()).toEqual(['began 12:30', `ended ${end}`]);
  });

  test('of a window that means others from now on', async () => {
    const { start, passTo, past } = await setup();
    const times = await start(PATCHES);
    await passTo('12:40', times);
    await times.configure([WEB, OTHER], [{ ...PATCHES, match: { target: OTHER.name } }]);
    await passTo('14:00', times);
    expect([await past(times), await past(times, OTHER.id)]).toEqual([['12:30-12:40'], ['12:40-13:00']]);
  });

  test('whatever is changed and whenever it is looked', async () => {
    const { db, clock, start } = await setup();
    const run = async (first: readonly MaintenanceConfig[], steps: readonly Step[]) => {
      await db.query.deleteFrom('maintenance_times').execute();
      clock.jumpWall(NOON - clock.wall());
      let plans = first;
      let times = await start(...plans);
      const expected: number[] = [];
      for (const { minutes, next } of steps) {
        const from = minuteOf(clock.wall());
        expected.push(...upTo(minutes, from).filter((minute) => isOpen(plans, minute)));
        clock.jumpWall(minutes * MINUTE_MS);
        plans = typeof next === 'string' ? plans : next;
        await (typeof next === 'string' ? times.look() : times.configure([WEB], plans));
        if (next === 'restart') times = await start(...plans);
      }
      const found = await times.planned(WEB.id, { start: NOON, end: clock.wall() });
      expect([...minutesOf(found)].sort((a, b) => a - b)).toEqual(expected);
    };
    const story = fc.asyncProperty(fc.subarray(PLANS), fc.array(STEP, { maxLength: 16 }), run);
    await fc.assert(story, { numRuns: 50 });
  });

  test('in both nights of daylight saving, as their windows were', async () => {
    const nightly = { ...PATCHES, cron: '30 2 * * *', timezone: 'Europe/Rome', durationMs: HOUR_MS };
    for (const [from, expected] of [
      ['2026-03-28T23:00Z', ['01:00-02:00']],
      ['2026-10-24T22:00Z', ['00:30-01:30']],
    ] as const) {
      const { clock, start, past } = await setup(Date.parse(from));
      const times = await start(nightly);
      for (let passed = 0; passed < 6; passed += 1) {
        await clock.advance(HOUR_MS);
        await times.look();
      }
      await times.configure([WEB], []);
      expect(await past(times)).toEqual(expected);
    }
  });

  test('unless only some alerts of its targets are meant', async () => {
    const { start, passTo, past, told } = await setup();
    const times = await start({ ...PATCHES, match: { tag: 'web', rule: 'cert_expiry' } });
    await passTo('12:45', times);
    expect(await past(times)).toEqual([]);
    await passTo('13:00', times);
    expect([await past(await start()), told()]).toEqual([[], ['began 12:30', 'ended 13:00']]);
  });

  test('and is forgotten with the checks of that time', async () => {
    const { start, passTo, past, clock } = await setup();
    const times = await start(PATCHES);
    await passTo('14:00', times);
    await times.prune(NOON + HOUR_MS);
    expect(await past(times)).toEqual(['12:30-13:00']);
    await times.prune(NOON + HOUR_MS + 1);
    expect(await past(times)).toEqual([]);
    expect(clock.wall()).toBe(NOON + 2 * HOUR_MS);
  });
});

describe('rules 5 and 11: over a restart', () => {
  test('in the middle of a window it goes on, and nothing is told twice', async () => {
    const { start, passTo, past, told } = await setup();
    await passTo('12:40', await start(PATCHES));
    await passTo('12:50');
    const again = await start(PATCHES);
    await passTo('13:30', again);
    expect([await past(again), told()]).toEqual([['12:30-13:00'], ['began 12:30', 'ended 13:00']]);
    await start(PATCHES);
    expect(told()).toHaveLength(2);
  });

  test('a window that ended while the hub was off did so as planned, and is told once', async () => {
    const { start, passTo, past, told } = await setup();
    await passTo('12:40', await start(PATCHES));
    await passTo('13:40');
    expect([await past(await start(PATCHES)), told()]).toEqual([
      ['12:30-13:00'],
      ['began 12:30', 'ended 13:00'],
    ]);
    await start(PATCHES);
    expect(told()).toHaveLength(2);
  });

  test('a window that was taken out while the hub was off ends with the start', async () => {
    const { start, passTo, past, told } = await setup();
    await passTo('12:40', await start(PATCHES));
    await passTo('12:50');
    const again = await start();
    await passTo('14:00', again);
    expect([await past(again), told()]).toEqual([['12:30-12:50'], ['began 12:30', 'ended 12:50']]);
  });

  test('what passed while the hub was off is nobody’s maintenance', async () => {
    const { start, passTo, past, told } = await setup();
    await start(PATCHES);
    await passTo('13:30');
    expect([await past(await start(PATCHES)), told()]).toEqual([[], []]);
  });
});

describe('rule 5: what goes wrong', () => {
  test('a database that can’t be written is caught up with, and nothing is told before', async () => {
    const { start, passTo, past, told, breakDb } = await setup();
    const times = await start(PATCHES);
    breakDb(true);
    await passTo('12:50');
    await expect(times.look()).rejects.toThrow('disk full');
    expect([await past(times), told()]).toEqual([['12:30-12:50'], []]);
    breakDb(false);
    await times.look();
    expect([await past(times), told()]).toEqual([['12:30-12:50'], ['began 12:30']]);
    breakDb(true);
    await expect(times.configure([WEB], [])).rejects.toThrow('disk full');
    breakDb(false);
    await passTo('13:10', times);
    expect(await past(times)).toEqual(['12:30-12:50']);
  });

  test('a database that can’t be written for hours is caught up with too, unless the clock jumped meanwhile', async () => {
    const { clock, start, passTo, past, told, breakDb } = await setup();
    const times = await start(PATCHES, { ...PATCHES, name: 'later', cron: '0 15,17,20 * * *' });
    const broken = { look: () => times.look().catch(() => {}) };
    breakDb(true);
    await passTo('15:10', broken);
    const sofar = ['12:30-13:00', '15:00-15:10'];
    expect([await past(times), told()]).toEqual([sofar, []]);
    breakDb(false);
    await times.look();
    expect([await past(times), told()]).toEqual([sofar, ['began 12:30', 'ended 13:00', 'began 15:00']]);
    breakDb(true);
    clock.jumpWall(4 * HOUR_MS);
    await broken.look();
    await passTo('20:10', broken);
    breakDb(false);
    await times.look();
    expect(await past(times)).toEqual(['12:30-13:00', '15:00-15:30', '20:00-20:10']);
    expect(told().slice(3)).toEqual(['ended 15:30', 'began 20:00']);
  });

  test('a clock that goes back a little has nothing told twice', async () => {
    const { start, passTo, past, told, clock } = await setup();
    const times = await start(PATCHES);
    await passTo('13:00', times);
    clock.jumpWall(-30_000);
    await times.look();
    await passTo('13:30', times);
    expect([await past(times), told()]).toEqual([['12:30-13:00'], ['began 12:30', 'ended 13:00']]);
  });

  test('a clock that was a year ahead for a while costs the time between, no more', async () => {
    const { start, passTo, past, clock } = await setup();
    const times = await start(PATCHES);
    clock.jumpWall(365 * 24 * HOUR_MS + 31 * MINUTE_MS);
    await times.look();
    clock.jumpWall(-365 * 24 * HOUR_MS - 31 * MINUTE_MS);
    await times.look();
    await passTo('14:00', times);
    expect(await past(times)).toEqual(['12:30-13:00']);
  });
});

describe('what is to come', () => {
  test('is asked of the configuration', async () => {
    const { start } = await setup();
    const times = await start(PATCHES);
    const found = await times.planned(WEB.id, { start: NOON, end: NOON + 48 * HOUR_MS });
    expect(found.map(({ start: at }) => (at - NOON) / HOUR_MS)).toEqual([0.5, 24.5]);
  });

  test('is walked in parts, and no further than asked', async () => {
    const { start } = await setup();
    const times = await start({ ...PATCHES, cron: '0 * * * *', durationMs: 600_000 });
    let turns = 0;
    let isWalking = true;
    const count = (): void => {
      turns += 1;
      if (isWalking) setImmediate(count);
    };
    setImmediate(count);
    const found = await times.planned(WEB.id, { start: NOON, end: NOON + 50_000 * HOUR_MS }, 1_000);
    isWalking = false;
    expect(found).toHaveLength(1_000);
    expect(turns).toBeGreaterThanOrEqual(20);
  });
});
