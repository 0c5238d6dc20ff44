// What a `storage` section becomes, and which parts of it are worth a second look. Mistakes have fixtures of their own.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configOf, loadText } from './test/load-text.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

const storageOf = async (keys: string) => (await configOf(`storage:\n  backend: sqlite\n${keys}`)).storage;

describe('what is left out', () => {
  test('keeps raw samples for 30 days, and points of 5 minutes and an hour for longer', async () => {
    expect(await storageOf('')).toMatchObject({
      retention: {
        rawMs: 30 * DAY_MS,
        tiers: { '1m': null, '5m': 180 * DAY_MS, '1h': 5 * YEAR_MS },
        rules: [],
      },
      cleanupIntervalMs: DAY_MS,
      archive: null,
      maxSeriesPerTarget: 20_000,
    });
  });

  test.each([
    ['retention_days: 365', { '1m': null, '5m': YEAR_MS, '1h': 5 * YEAR_MS }],
    ['retention: { 1m: 1y }', { '1m': YEAR_MS, '5m': YEAR_MS, '1h': 5 * YEAR_MS }],
    ['retention: { 5m: 10y }', { '1m': null, '5m': 10 * YEAR_MS, '1h': 10 * YEAR_MS }],
    ['retention: { raw: 10y, 5m: none }', { '1m': null, '5m': null, '1h': 10 * YEAR_MS }],
    [
      'retention: { raw: 10y }\n  archive: { path: a }',
      { '1m': null, '5m': 180 * DAY_MS, '1h': 5 * YEAR_MS },
    ],
  ])('of the tiers is kept as long as what is finer in the database: %s', async (keys, tiers) => {
    expect((await storageOf(`  ${keys}`)).retention.tiers).toEqual(tiers);
  });

  test('of an archive is seven days and files by the day', async () => {
    const loaded = await loadText('storage: { backend: sqlite, archive: { path: ./old } }');
    expect(loaded.ok && loaded.config.storage.archive).toEqual({
      path: join(loaded.folder, 'old'),
      afterMs: 7 * DAY_MS,
      partition: 'day',
    });
  });

  test('of PostgreSQL is a spool beside the file', async () => {
    const loaded = await loadText('storage: { backend: postgres, url: "postgresql://db/guardia" }');
    expect(loaded.ok && loaded.config.storage).toMatchObject({
      backend: 'postgres',
      url: 'postgresql://db/guardia',
      path: join(loaded.folder, 'guardia-spool'),
    });
  });
});

test('every key is taken as it is given', async () => {
  const storage = await storageOf(`
  cleanup_interval_hours: 0.5
  retention: { raw: 36d, 1m: 90d, 5m: 26w, 1h: 10y }
  retention_rules: [{ match: "disk.*", raw: 90d }, { match: "*", 1m: 1h, 5m: 2h, 1h: 3h }]
  archive: { path: /srv/old, after: 1d, partition: hour }
  max_series_per_target: 100
`);
  expect(storage).toMatchObject({
    cleanupIntervalMs: HOUR_MS / 2,
    archive: { path: '/srv/old', afterMs: DAY_MS, partition: 'hour' },
    maxSeriesPerTarget: 100,
  });
  expect(storage.retention).toEqual({
    rawMs: 36 * DAY_MS,
    tiers: { '1m': 90 * DAY_MS, '5m': 182 * DAY_MS, '1h': 10 * YEAR_MS },
    rules: [
      { match: 'disk.*', rawMs: 90 * DAY_MS },
      { match: '*', tiers: { '1m': HOUR_MS, '5m': 2 * HOUR_MS, '1h': 3 * HOUR_MS } },
    ],
  });
});

test('the address of the database may come from a file', async () => {
  const files = { secret: 'postgres://hub:hunter2@db/guardia\n' };
  const { storage } = await configOf('storage: { backend: postgres, url_file: secret, path: /spool }', {
    files,
  });
  expect(storage).toMatchObject({ url: 'postgres://hub:hunter2@db/guardia', path: '/spool' });
});

describe('warnings', () => {
  const warningsOf = async (storage: string) => {
    const { warnings } = await configOf(`storage: ${storage}\nexporters: [${EXPORTER}]\nalerts: ${ALERTS}`);
    return warnings;
  };
  const EXPORTER = '{ name: node, url: "http://node/metrics", alert: x }';
  const ALERTS = '{ x: { webhook: { url: "https://x" } } }';

  test('say nothing of what is in order', async () => {
    const rules = 'retention_rules: [{ match: "disk.*", raw: 90d, 5m: 1y }]';
    expect(await warningsOf(`{ backend: sqlite, retention: { 1m: 90d }, ${rules} }`)).toEqual([]);
    expect(await warningsOf('{ backend: sqlite, retention_days: 3650 }')).toEqual([]);
    expect(
      await warningsOf('{ backend: sqlite, retention: { raw: 1y, 5m: 30d }, archive: { path: a } }'),
    ).toEqual([]);
  });

  test('tell of points that go before what they are made of', async () => {
    expect(
      await warningsOf('{ backend: sqlite, retention: { raw: 60d, 1m: 90d, 5m: 30d, 1h: none } }'),
    ).toEqual(['storage.retention.5m: 30d is less than the 60d of raw, which is finer and takes more room']);
  });

  test('tell of a rule for a tier that is not kept', async () => {
    const rules = 'retention_rules: [{ match: "a", raw: 1d }, { match: "b", 1m: 1d, 1h: 1d }]';
    expect(await warningsOf(`{ backend: sqlite, ${rules} }`)).toEqual([
      'storage.retention_rules[1].1m: has no effect, because storage.retention.1m is none',
    ]);
  });

  test('tell of state that is lost and of a path without effect', async () => {
    expect(await warningsOf('{ backend: none }')).toEqual([
      'storage.path: not given, so state (alerts, deliveries) is kept in memory and ends with the hub',
    ]);
    expect(await warningsOf('{ backend: memory, path: a.db }')).toEqual([
      'storage.path: has no effect with backend memory',
    ]);
  });
});
