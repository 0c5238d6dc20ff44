import { ActorSystem, TestClock } from '@guardia/kernel';
import { GuardiaError } from '@guardia/model';
import { type CleanUp, openSeries, type RetentionPolicy, type SeriesStore } from '@guardia/series';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type StorageKeeperArgs, storageKeeper } from './storage-keeper.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RETENTION = { rawMs: 30 * DAY_MS, tiers: { '1m': null, '5m': null, '1h': null }, rules: [] };

class DiskFull extends GuardiaError {
  readonly code = 'DISK_FULL';
}

interface Bundle {
  readonly clock: TestClock;
  readonly failures: string[];
  readonly pruned: number[];
  readonly logged: string[];
  readonly warned: string[];
  readonly series: SeriesStore;
  readonly keeper: Awaited<ReturnType<typeof spawnKeeper>>;
}

function spawnKeeper(system: ActorSystem, args: StorageKeeperArgs) {
  return system.spawn(storageKeeper, args, { id: 'storage' });
}

async function setup(
  cleanUp?: SeriesStore['cleanUp'],
  archiver: StorageKeeperArgs['archiver'] = null,
): Promise<Bundle> {
  const clock = new TestClock();
  const failures: string[] = [];
  const system = new ActorSystem({ clock, onFailure: (_path, error) => failures.push(String(error)) });
  const series = await openSeries({ backend: 'none', path: '', clock });
  if (cleanUp !== undefined) series.cleanUp = cleanUp;
  const [pruned, logged, warned]: [number[], string[], string[]] = [[], [], []];
  const keeper = await spawnKeeper(system, {
    series,
    clock,
    retention: { retention: RETENTION, cleanupIntervalMs: DAY_MS },
    archiver,
    prune: async (before) => void pruned.push(before),
    log: (_fields, message) => logged.push(message),
    warn: (_fields, message) => warned.push(message),
  });
  onTestFinished(async () => {
    await system.shutdown();
    await series.close();
  });
  return { clock, failures, pruned, logged, warned, series, keeper };
}

test('cleans up at the start and on its interval, what is older than the retention', async () => {
  const { clock, pruned, logged } = await setup();
  const startedAt = clock.wall();
  await clock.advance(0);
  expect(pruned).toEqual([startedAt - 30 * DAY_MS]);
  await clock.advance(2 * DAY_MS);
  expect(pruned.map((before) => before - startedAt)).toEqual([-30 * DAY_MS, -29 * DAY_MS, -28 * DAY_MS]);
  expect(new Set(logged)).toEqual(new Set(['clean-up done']));
});

test('takes a new retention with the next clean-up, which comes after the new interval', async () => {
  const { clock, pruned, keeper } = await setup();
  await clock.advance(0);
  keeper.tell({
    type: 'UpdateRetention',
    retention: { ...RETENTION, rawMs: DAY_MS },
    cleanupIntervalMs: 1_000,
  });
  await clock.settle();
  expect(pruned).toHaveLength(1);
  await clock.advance(1_000);
  expect(pruned.slice(1)).toEqual([clock.wall() - DAY_MS]);
});

test('fails when a database fails for good', async () => {
  const { clock, failures, keeper } = await setup();
  keeper.tell({ type: 'StorageFailed', error: new DiskFull('the disk is gone') });
  await clock.settle();
  expect(failures).toEqual(['DiskFull: the disk is gone']);
});

test('goes on when a clean-up fails, and tries again', async () => {
  let tries = 0;
  const { clock, failures, warned, pruned } = await setup(() => {
    tries += 1;
    return Promise.reject(new DiskFull('no room'));
  });
  await clock.advance(2 * DAY_MS);
  expect([tries, failures, pruned]).toEqual([3, [], []]);
  expect(warned[0]).toBe('clean-up failed; the next one tries again');
});

test('deletes nothing right after the wall clock went forward a year', async () => {
  const { clock, pruned, warned } = await setup();
  await clock.advance(0);
  clock.jumpWall(365 * DAY_MS);
  await clock.advance(DAY_MS);
  expect(pruned).toHaveLength(1);
  expect(warned.at(-1)).toMatch(/went forward/);
  await clock.advance(DAY_MS);
  expect(pruned.slice(1)).toEqual([clock.wall() - 30 * DAY_MS]);
});

describe('a hub that starts', () => {
  /** What a hub says of its first clean-up and the one after, whose store has samples of a day until so long ago. */
  async function startedAfter(silenceMs: number) {
    const clock = new TestClock();
    const series = await openSeries({ backend: 'memory', clock });
    const frame = { targetId: 'srv_a', layout: { keys: ['cpu'] }, values: Float64Array.of(1) };
    for (const hours of [-25, 0]) await series.append({ ...frame, at: clock.wall() + hours * HOUR_MS });
    await series.flush();
    clock.jumpWall(silenceMs);
    const said: string[] = [];
    let saidMore = Promise.withResolvers<void>();
    const say = (_fields: object, message: string): void => {
      said.push(message);
      saidMore.resolve();
    };
    const archived: number[] = [];
    const system = new ActorSystem({ clock, onFailure: () => undefined });
    await spawnKeeper(system, {
      series,
      clock,
      retention: { retention: RETENTION, cleanupIntervalMs: DAY_MS },
      archiver: { run: async () => void archived.push(said.length) },
      prune: async () => undefined,
      log: say,
      warn: say,
    });
    // A poll by the same clock proves nothing.
    await series.append({ ...frame, at: clock.wall() });
    for (const ms of [0, DAY_MS]) {
      saidMore = Promise.withResolvers();
      await Promise.all([clock.advance(ms), saidMore.promise]);
    }
    await system.shutdown();
    await series.close();
    return { said, archived };
  }

  test.each([365, 3])(
    'archives and deletes nothing at first, %s days after its newest sample',
    async (days) => {
      const { said, archived } = await startedAfter(days * DAY_MS);
      expect(said).toEqual([expect.stringMatching(/the wall clock is wrong: nothing/), 'clean-up done']);
      expect(archived).toEqual([1]);
    },
  );

  test.each([-24, -1, 1, 24])('goes by a clock that is %s hours after its newest sample', async (hours) => {
    const { said, archived } = await startedAfter(hours * HOUR_MS);
    expect([said, archived]).toEqual([
      ['clean-up done', 'clean-up done'],
      [0, 1],
    ]);
  });
});

test('fails when a clean-up breaks a promise', async () => {
  const { clock, failures } = await setup(() => Promise.reject(new TypeError('no such thing')));
  await clock.advance(0);
  expect(failures).toEqual(['TypeError: no such thing']);
});

test('cleans up though the archive fails, and says so', async () => {
  const run = () => Promise.reject(new DiskFull('no room in /archive. Make room there'));
  const { clock, failures, pruned, warned } = await setup(undefined, { run });
  await clock.advance(DAY_MS);
  expect([pruned.length, failures]).toEqual([2, []]);
  expect(warned).toHaveLength(2);
  expect(warned[0]).toMatch(/stay in the database, and the next clean-up tries again: no room in \/archive/);
});

describe('while the archive lags behind', () => {
  const RULES = [{ match: 'debug.*', rawMs: 2 * DAY_MS }, { match: 'disk.*' }];

  async function policies(archivedDaysAgo: number | null): Promise<RetentionPolicy[]> {
    const seen: RetentionPolicy[] = [];
    const done = { at: 0, durationMs: 0, checksDeleted: 0, seriesDeleted: 0 } as CleanUp;
    const cleanUp = async (policy: RetentionPolicy) => {
      seen.push(policy);
      return done;
    };
    const { clock, keeper, series } = await setup(cleanUp, { run: async () => undefined });
    const until = archivedDaysAgo === null ? null : clock.wall() - archivedDaysAgo * DAY_MS;
    series.archivedUntil = async () => until;
    const retention = { ...RETENTION, rules: RULES };
    await clock.advance(0);
    keeper.tell({ type: 'UpdateRetention', retention, cleanupIntervalMs: HOUR_MS });
    await clock.advance(2 * HOUR_MS);
    return seen.slice(1);
  }

  test.each([
    ['nothing is archived yet', null, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['it lags for longer than raw samples are kept', 40, 41 * DAY_MS, 41 * DAY_MS],
    ['only what a rule would delete is not archived', 7, 30 * DAY_MS, 8 * DAY_MS],
    ['everything is archived that could be deleted', 1, 30 * DAY_MS, 2 * DAY_MS],
  ])('deletes nothing else, and the same at each clean-up: %s', async (_name, daysAgo, rawMs, ruleMs) => {
    const seen = await policies(daysAgo);
    expect(seen).toHaveLength(2);
    for (const policy of seen)
      expect(policy).toEqual({
        ...RETENTION,
        rawMs,
        rules: [{ match: 'debug.*', rawMs: ruleMs }, { match: 'disk.*' }],
      });
  });
});
