// Old samples move to files by themselves, and a question over old and new ones doesn't notice. What the files hold in
// detail is for the archive package's own tests.
import { readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { afterEach, expect, it } from 'vitest';
import { startHub } from './hub.ts';
import { Bench, freePort, until } from './programs.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAYS = 10;

let bench: Bench;
afterEach(() => bench.close());

const SERVER = { ip: '127.0.0.1', port: 9, interval: 3600 };

/** A sample a minute of two series, up to ten days old: its number, and its number within ten minutes. */
async function fill(targetId: string, first: number, count: number): Promise<void> {
  const path = join(bench.folder, 'guardia.series.db');
  const series = await openSeries({ backend: 'sqlite', path, clock: systemClock });
  const layout = { keys: ['test.number', 'test.ten{part="a"}'] };
  for (let n = 0; n < count; n += 1) {
    const frame = { targetId, at: first + n * MINUTE_MS, layout, values: Float64Array.of(n, n % 10) };
    await series.append(frame);
  }
  await series.settle();
  await series.close();
}

interface Answer {
  series: { values: (number | null)[] }[];
  tier: string;
  warnings?: { code: string; target: string; start: string; end: string }[];
}

it('samples older than a day leave the database for files, and are asked for as before', {
  timeout: 120_000,
}, async () => {
  bench = new Bench();
  const port = await freePort();
  const servers = [SERVER];
  const before = await startHub(bench, { servers }, port);
  const known = await before.get<{ servers: { target_id: string }[] }>('/servers');
  await before.program.stop();
  const first = Math.floor(Date.now() / DAY_MS - DAYS + 1) * DAY_MS;
  const count = Math.floor((Date.now() - first) / MINUTE_MS);
  await fill(known.servers[0]!.target_id, first, count);

  const path = join(bench.folder, 'archive');
  const storage = {
    backend: 'sqlite',
    path: join(bench.folder, 'guardia.db'),
    archive: { path, after: '1d' },
  };
  const hub = await startHub(bench, { storage, servers }, port);
  const archivedUntil = Math.floor(Date.now() / DAY_MS - 1) * DAY_MS;
  const archivedDays = (archivedUntil - first) / DAY_MS;
  const left = 2 * (count - (archivedUntil - first) / MINUTE_MS);
  await until(
    'the archived samples to leave the database',
    async () => {
      const { samples_open, tiers } = await hub.storage();
      return samples_open + tiers.blocks.points + tiers.raw.points === left;
    },
    60_000,
  );
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.parquet')).sort();
  expect(files).toHaveLength(archivedDays);

  const range = { start: new Date(first).toISOString(), end: new Date().toISOString(), step: '1m' };
  const query = (series: string, agg: string) =>
    hub.get<Answer>(`/query?${new URLSearchParams({ series, agg, ...range })}`);
  const { tier, series, warnings } = await query('test.number', 'last');
  expect([tier, warnings]).toEqual(['raw', undefined]);
  const values = series[0]!.values.filter((value) => value !== null);
  expect(values).toEqual(Array.from({ length: count }, (_, n) => n));
  const counted = await query('test.*', 'count');
  expect(counted.series.map((row) => row.values.filter((n) => n === 1).length)).toEqual([count, count]);

  const [gone, torn] = files.map((file) => join(path, file));
  rmSync(gone!);
  truncateSync(torn!, 1000);
  const rest = await query('test.number', 'last');
  expect(rest.series[0]!.values.filter((value) => value !== null)).toHaveLength(count - 2 * 24 * 60);
  const lost = (code: string, day: number) => ({
    code,
    target: `${SERVER.ip}:${SERVER.port}`,
    start: new Date(first + day * DAY_MS).toISOString(),
    end: new Date(first + (day + 1) * DAY_MS - 1).toISOString(),
  });
  const said = [lost('ARCHIVE_FILE_MISSING', 0), lost('ARCHIVE_FILE_UNREADABLE', 1)];
  expect(rest).toMatchObject({ warnings: said });
  for (const file of [gone!, torn!]) expect(hub.program.output).toContain(file);
});
