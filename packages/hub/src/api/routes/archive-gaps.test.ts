// What the answers say where files of the archive are gone or damaged: real sample storage, real Parquet files.
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveJob, openArchive } from '@guardia/archive';
import { TestClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { expect, it, onTestFinished } from 'vitest';
import { T0 } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2026-03-01T00:00:00Z');
const dayText = (day: number) => new Date(FIRST_DAY + day * DAY_MS).toISOString().slice(0, 10);

interface Body {
  readonly count: number;
  readonly series: readonly { readonly values: readonly (number | null)[] }[];
}

/** Two servers with a reading each noon; all but the last two days are in the archive, which is then harmed. */
async function setupWith(days: number, options: { hasArchive?: boolean } = {}) {
  const path = mkdtempSync(join(tmpdir(), 'guardia-gaps-'));
  const archive = openArchive({ path, partition: 'day' });
  const clock = new TestClock({ wallMs: FIRST_DAY + days * DAY_MS });
  const { hasArchive = true } = options;
  const series = await openSeries({ backend: 'memory', clock, ...(hasArchive && { archive }) });
  onTestFinished(async () => {
    await series.close();
    await archive.close();
    rmSync(path, { recursive: true });
  });
  for (let day = 0; day < days; day++)
    for (const targetId of ['srv_one', 'srv_two']) {
      const frame = { layout: { keys: ['cpu.usage'] }, values: Float64Array.of(day) };
      await series.append({ targetId, at: T0 + day * DAY_MS, ...frame });
    }
  await archiveJob(series, archive, { afterMs: 2 * DAY_MS, now: clock.wall() });
  const { ask } = await setup({ deps: { series, clock } });
  const range = { start: dayText(0), end: dayText(days) };
  return {
    path,
    file: (targetId: string, day: number) =>
      join(path, `target=${targetId}`, `day=${dayText(day)}`, 'data-0.parquet'),
    query: async (parameters: Record<string, string> = {}) => {
      const asked = { series: 'cpu.usage', step: '1d', agg: 'p50', ...range, ...parameters };
      return (await ask(`/api/v1/query?${new URLSearchParams(times(asked))}`)).json as Body;
    },
    metrics: async () =>
      (await ask(`/api/v1/servers/srv_one/metrics?${new URLSearchParams(times(range))}`)).json as Body,
  };
}

function times<T extends { start: string; end: string }>({ start, end, ...rest }: T) {
  return { ...rest, start: `${start}T00:00:00Z`, end: `${end}T00:00:00Z` };
}

function warning(
  code: string,
  day: number,
  { last = day, says = code === 'ARCHIVE_FILE_MISSING' ? 'gone' : "can't be read" } = {},
) {
  return {
    code,
    message: expect.stringContaining(says),
    target: '10.0.0.5:51243',
    target_id: 'srv_one',
    start: `${dayText(day)}T00:00:00.000Z`,
    end: `${dayText(last)}T23:59:59.999Z`,
  };
}

it('says nothing while all can be read', async () => {
  const { query, metrics } = await setupWith(6);
  for (const answer of [await query(), await metrics()]) expect(answer).not.toHaveProperty('warnings');
});

it('names what is without samples because a file is gone or damaged, and answers the rest', async () => {
  const { file, query, metrics } = await setupWith(7);
  rmSync(file('srv_one', 0));
  rmSync(file('srv_one', 1));
  truncateSync(file('srv_one', 3), 200);
  const warnings = [warning('ARCHIVE_FILE_MISSING', 0, { last: 1 }), warning('ARCHIVE_FILE_UNREADABLE', 3)];
  const answer = await query({ series: 'cpu.usage{target="web-1"}' });
  expect(answer).toMatchObject({ warnings, series: [{ values: [null, null, 2, null, 4, 5, 6, null] }] });
  expect(await metrics()).toMatchObject({ warnings, count: 4, metrics: [{ cpu_avg: 2 }, {}, {}, {}] });
  const both = await query();
  expect(both).toMatchObject({ warnings, count: 2 });
  expect(both.series[1]!.values).toEqual([0, 1, 2, 3, 4, 5, 6, null]);
  expect(await query({ start: dayText(4) })).not.toHaveProperty('warnings');
  expect(await query({ series: 'cpu.usage{target="db-1"}' })).not.toHaveProperty('warnings');
});

it('names the first twenty, and how many more there are', async () => {
  const { file, query } = await setupWith(46);
  for (let day = 0; day < 44; day += 2) rmSync(file('srv_one', day));
  const answer = await query();
  expect(answer).toMatchObject({ more_warnings: 2 });
  expect(answer).toHaveProperty('warnings.length', 20);
});

it('says where samples are when the archive was taken out of the configuration', async () => {
  const { query, metrics } = await setupWith(5, { hasArchive: false });
  const left = warning('ARCHIVE_NOT_FOUND', 0, { last: 2, says: 'storage.archive.path' });
  expect(await metrics()).toMatchObject({ warnings: [left], count: 2 });
  expect(await query({ series: 'cpu.usage{target="web-1"}' })).toMatchObject({ warnings: [left] });
});

it('says that the archive is gone as a whole', async () => {
  const { path, metrics } = await setupWith(5);
  for (const folder of ['target=srv_one', 'target=srv_two']) rmSync(join(path, folder), { recursive: true });
  const left = warning('ARCHIVE_NOT_FOUND', 0, { last: 2, says: 'storage.archive.path' });
  expect(await metrics()).toMatchObject({ warnings: [left], count: 2 });
});
