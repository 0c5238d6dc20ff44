// The numbers of a whole hub with an archive, over HTTP, held against the tables of docs/api.md.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { expect, test } from 'vitest';
import { get, HubBench, until } from './test/hub-bench.ts';
import { seriesPath } from './storage.ts';

const GUIDE = readFileSync(join(import.meta.dirname, '../../../../docs/api.md'), 'utf8');
const DAY_MS = 86_400_000;
const NOW = systemClock.wall();
const MIDNIGHT = Math.floor(NOW / DAY_MS) * DAY_MS;
/** Begins at noon: no day ends meanwhile. */
const MIDDAY: Clock = { ...systemClock, wall: () => MIDNIGHT + DAY_MS / 2 + systemClock.wall() - NOW };
const TIERS = /\.(log|blocks|raw|1m|5m|1h)\./;

/** What stands in the first column of a section's table. */
function documented(section: string): string[] {
  const text = GUIDE.split(`### ${section}\n`)[1]!.split(/\n##/, 1)[0]!;
  const cells = text.split('\n').flatMap((line) => /^\| (`[^|]+) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name]) => name!));
}

/** Every value by its path. */
function pathsOf(json: unknown, path = ''): string[] {
  if (typeof json !== 'object' || json === null) return [path];
  return Object.entries(json).flatMap(([key, value]) => pathsOf(value, path === '' ? key : `${path}.${key}`));
}

interface Stats {
  readonly storage: {
    readonly last_clean_up: object | null;
    readonly archive: { readonly files: number; readonly last_run: object | null };
  };
}

/** A hub with a sample a day, of which those of two days are due to be archived; both clean-ups have run. */
async function started() {
  const bench = new HubBench();
  bench.clock = MIDDAY;
  const path = join(bench.folder, 'guardia.db');
  mkdirSync(bench.folder, { recursive: true });
  const store = await openSeries({ backend: 'sqlite', path: seriesPath(path), clock: MIDDAY });
  const layout = { keys: ['cpu'] };
  for (const days of [3, 2, 1, 0])
    await store.append({
      targetId: 'srv_a',
      at: MIDNIGHT - days * DAY_MS,
      layout,
      values: Float64Array.of(days),
    });
  await store.close();
  const archive = { path: join(bench.folder, 'archive'), after: '1d' };
  const hub = await bench.start({ storage: { backend: 'sqlite', path, archive } });
  const stats = await until('the first clean-up', async () => {
    const answer = await get<Stats & Record<string, unknown>>(hub, '/stats');
    return answer.storage.last_clean_up !== null && answer;
  });
  return { hub, stats };
}

test('the guide lists every number, and no other; those of the archive are among them', async () => {
  const { hub, stats } = await started();
  expect(stats.storage.archive).toEqual({
    files: 2,
    bytes: expect.any(Number),
    archived_until: new Date(MIDNIGHT - DAY_MS).toISOString(),
    days_waiting: 0,
    problem: null,
    last_run: {
      at: expect.any(String),
      duration_ms: expect.any(Number),
      files: 2,
      samples: 2,
      bytes: (stats.storage.archive as { bytes?: number }).bytes,
    },
  });
  const objects = ['storage.last_clean_up', 'storage.archive', 'storage.archive.last_run'];
  const paths = new Set([...objects, ...pathsOf(stats).map((path) => path.replace(TIERS, '.{tier}.'))]);
  expect(documented('Statistics').sort()).toEqual([...paths].sort());

  await fetch(`${hub.url}/metrics`);
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  const names = Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name!);
  const known = documented("The hub's own metrics");
  // No frame was written since the start, and none is stored that is packed.
  const unset = ['guardia_flush_lag_seconds', 'guardia_flush_duration_seconds', 'guardia_bytes_per_sample'];
  expect([...new Set([...names, ...unset])].sort()).toEqual(known.sort());
  expect(text).toContain('guardia_archive_files 2\n');
  expect(text).toContain('guardia_archive_run_samples 2\n');
  expect(text).toContain('guardia_source_up{source="archive"} 1\n');
});
