import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import { openSeries, type SeriesStore } from '@guardia/series';
import { expect, it, onTestFinished } from 'vitest';
import { archiveJob } from '../archive-job.ts';
import {
  type Archive,
  csvSink,
  type ExportProgress,
  ExportRefused,
  exportHistory,
  parquetSink,
} from '../index.ts';
import { ask, DAY, HOUR, setup, T0, temporaryFolder } from '../test/samples.ts';

const NOW = T0 + 3 * DAY;
const WEB = { id: 'srv_a', name: 'web, "one"' };
const DB = { id: 'srv_b', name: 'db:5432' };

/** Two targets with a frame every six hours over three days, of which the first lies in the archive. */
async function threeDays(): Promise<{ store: SeriesStore; archive: Archive; folder: string }> {
  const { archive } = setup();
  const store = await openSeries({ backend: 'memory', clock: new TestClock({ wallMs: NOW }), archive });
  onTestFinished(() => store.close());
  const layout = { keys: ['cpu.usage_percent', 'disk.used_bytes{mount="/,x"}', 'temp'] };
  for (let n = 0; n < 12; n++)
    for (const { id } of [WEB, DB])
      await store.append({
        targetId: id,
        at: T0 + n * 6 * HOUR,
        layout,
        values: Float64Array.of(n / 4, n * 1024, n % 4 === 1 ? 21.5 : Number.NaN),
      });
  await store.settle();
  await archiveJob(store, archive, { afterMs: 2 * DAY, now: NOW });
  return { store, archive, folder: temporaryFolder() };
}

it('exports stored and archived samples to CSV as one', async () => {
  const { store, archive, folder } = await threeDays();
  const path = join(folder, 'out.csv');
  const steps: ExportProgress[] = [];
  const done = await exportHistory({
    store,
    archive,
    targets: [WEB, DB],
    from: null,
    to: NOW,
    sink: await csvSink(path),
    onProgress: (progress) => steps.push(progress),
  });
  expect(done).toMatchObject({ samples: 12 * 3 * 2, step: 6, steps: 6 });
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  const lines = readFileSync(path, 'utf8').split('\r\n');
  expect(lines).toHaveLength(1 + 72 + 1);
  expect(lines[0]).toBe('time,target,metric,labels,value');
  expect(lines).toContain('2026-01-01T06:00:00.000Z,"web, ""one""",cpu.usage_percent,,0.25');
  expect(lines).toContain('2026-01-03T18:00:00.000Z,db:5432,disk.used_bytes,"mount=""/,x""",11264');
  expect(lines).toContain('2026-01-01T00:00:00.000Z,db:5432,temp,,');
  const [counted] = await ask(
    `select count(*)::int as rows, count(distinct time)::int as times, count(value)::int as readings,
       count(distinct labels)::int as labels from read_csv($1)`,
    [path],
  );
  expect(counted).toEqual({ rows: 72, times: 12, readings: 54, labels: 1 });
  expect(readdirSync(folder)).toEqual(['out.csv']);
});

it('exports to Parquet files that say the same', async () => {
  const { store, archive, folder } = await threeDays();
  await exportHistory({
    store,
    archive,
    targets: [WEB, DB],
    from: null,
    to: NOW,
    sink: await parquetSink(folder),
  });
  const rows = await ask(
    `select name, count(*)::int as rows, sum("cpu.usage_percent") as cpu
     from read_parquet($1, hive_partitioning = true, union_by_name = true) join read_json($2) using (target)
     group by name order by name`,
    [`${folder}/**/*.parquet`, `${folder}/targets.json`],
  );
  expect(rows).toEqual([
    { name: DB.name, rows: 12, cpu: 16.5 },
    { name: WEB.name, rows: 12, cpu: 16.5 },
  ]);
});

it('exports only the range, the targets and the names asked for', async () => {
  const { store, archive, folder } = await threeDays();
  const path = join(folder, 'out.csv');
  const range = { from: T0 + 18 * HOUR, to: T0 + DAY + 6 * HOUR };
  const names = ['cpu.usage_percent', 'disk.used_bytes'];
  await exportHistory({ store, archive, targets: [DB], ...range, names, sink: await csvSink(path) });
  expect(
    readFileSync(path, 'utf8')
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',').slice(0, 3)),
  ).toEqual([
    ['2026-01-01T18:00:00.000Z', 'db:5432', 'cpu.usage_percent'],
    ['2026-01-01T18:00:00.000Z', 'db:5432', 'disk.used_bytes'],
    ['2026-01-02T00:00:00.000Z', 'db:5432', 'cpu.usage_percent'],
    ['2026-01-02T00:00:00.000Z', 'db:5432', 'disk.used_bytes'],
  ]);
});

it('leaves the old file and nothing half done when it is ended', async () => {
  const { store, archive, folder } = await threeDays();
  const path = join(folder, 'out.csv');
  writeFileSync(path, 'old');
  const stop = new AbortController();
  const run = exportHistory({
    store,
    archive,
    targets: [WEB],
    from: null,
    to: NOW,
    sink: await csvSink(path),
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['out.csv']);
});

it('never mixes an export with what is in a folder', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'target=srv_a'));
  await expect(parquetSink(folder)).rejects.toThrow(ExportRefused);
  const fresh = join(folder, 'deep', 'down');
  await (await parquetSink(fresh)).finish();
  expect(existsSync(join(fresh, 'targets.json'))).toBe(true);
});
