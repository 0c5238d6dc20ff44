import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@guardia/kernel';
import type { StorageConfig } from '@guardia/model';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { openStorage, seriesPath } from './storage.ts';
import { Teardown } from './teardown.ts';
import { testFolder } from './test/config.ts';

const RETENTION = {
  retention: { rawMs: 86_400_000, tiers: { '1m': null, '5m': null, '1h': null }, rules: [] },
  cleanupIntervalMs: 3_600_000,
  archive: null,
  maxSeriesPerTarget: 20_000,
};

function setup() {
  const teardown = new Teardown();
  onTestFinished(() => teardown.run());
  const around = { clock: systemClock, log: pino({ enabled: false }), teardown };
  return { teardown, open: (config: StorageConfig) => openStorage(config, around) };
}

test.each([
  ['/var/lib/guardia.db', '/var/lib/guardia.series.db'],
  ['/data/state', '/data/state.series'],
  ['/data.d/a.b.sqlite', '/data.d/a.b.series.sqlite'],
])('the series of %s are in %s', (path, series) => {
  expect(seriesPath(path)).toBe(series);
});

test('sqlite is two files', async () => {
  const path = join(testFolder(), 'guardia.db');
  const { open, teardown } = setup();
  const { state, series } = await open({ backend: 'sqlite', path, ...RETENTION });
  expect(state.path).toBe(path);
  expect((await series.stats()).backend).toBe('sqlite');
  expect([path, seriesPath(path)].map((file) => existsSync(file))).toEqual([true, true]);
  await teardown.run();
  await expect(series.stats()).rejects.toThrow(/closed/);
});

test('memory leaves no file', async () => {
  const { state, series } = await setup().open({ backend: 'memory', path: null, ...RETENTION });
  expect([state.path, (await series.stats()).backend]).toEqual([':memory:', 'memory']);
});

test('none keeps its state in the file that is named', async () => {
  const folder = testFolder();
  const path = join(folder, 'state.db');
  const { state, series } = await setup().open({ backend: 'none', path, ...RETENTION });
  expect([state.path, (await series.stats()).backend]).toEqual([path, 'none']);
  expect(existsSync(seriesPath(path))).toBe(false);
});

test('gives the state file back when the series file can’t be opened', async () => {
  const path = join(testFolder(), 'guardia.db');
  await mkdir(seriesPath(path));
  const { open, teardown } = setup();
  const config = { backend: 'sqlite', path, ...RETENTION } as const;
  await expect(open(config)).rejects.toThrow(seriesPath(path));
  await teardown.run();
  const again = setup();
  await expect(again.open(config)).rejects.toThrow(seriesPath(path));
});
