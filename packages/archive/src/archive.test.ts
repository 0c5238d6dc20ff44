import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadDuckdb } from './duckdb.ts';
import { ArchiveUnavailable, openArchive } from './index.ts';
import { ask, column, DAY, every, HOUR, setup, T0, temporaryFolder } from './test/samples.ts';

const EVERYTHING = 'from read_parquet($1, hive_partitioning = true, union_by_name = true)';

it('writes files that any reader of Parquet opens, with times, targets and partitions as columns', async () => {
  const { path, archive } = setup();
  const [today] = archive.slotsOfDay(T0);
  const [tomorrow] = archive.slotsOfDay(T0 + DAY);
  await archive.write('srv_a', today!, [
    [column('cpu', [0, 1.5], [15_000, 2.5]), column('mem', [15_000, 7])],
  ]);
  await archive.write('srv_a', tomorrow!, [[column('swap', [DAY, 3])]]);
  await archive.write('srv_b', today!, [[column('cpu', [0, 9])]]);
  const rows = await ask(
    `select target, day::varchar as day, epoch_ms(time)::double as time, cpu, mem, swap ${EVERYTHING} order by all`,
    [`${path}/**/*.parquet`],
  );
  expect(rows).toEqual([
    { target: 'srv_a', day: '2026-01-01', time: T0, cpu: 1.5, mem: null, swap: null },
    { target: 'srv_a', day: '2026-01-01', time: T0 + 15_000, cpu: 2.5, mem: 7, swap: null },
    { target: 'srv_a', day: '2026-01-02', time: T0 + DAY, cpu: null, mem: null, swap: 3 },
    { target: 'srv_b', day: '2026-01-01', time: T0, cpu: 9, mem: null, swap: null },
  ]);
  const file = `${path}/target=srv_b/day=2026-01-01/data-0.parquet`;
  const schema = await ask('select name, type, logical_type from parquet_schema($1) offset 1', [file]);
  expect(schema).toMatchObject([
    { name: 'time', type: 'INT64', logical_type: expect.stringContaining('MILLIS') },
    { name: 'cpu', type: 'DOUBLE', logical_type: null },
  ]);
});

it('says in each file whose it is and in which version', async () => {
  const { path, archive } = setup();
  await archive.write('srv_a', archive.slotsOfDay(T0)[0]!, [[column('cpu', [0, 1])]]);
  const rows = await ask('select decode(key) as k, decode(value) as v from parquet_kv_metadata($1)', [
    `${path}/**/*.parquet`,
  ]);
  expect(Object.fromEntries(rows.map(({ k, v }) => [k, v]))).toMatchObject({
    'guardia.format': '1',
    'guardia.org': 'main',
    'guardia.target': 'srv_a',
  });
});

it('reads only the range and the keys asked for, over files with different columns', async () => {
  const { archive } = setup();
  await archive.write('srv_a', archive.slotsOfDay(T0)[0]!, [
    [every('cpu', [0, DAY, HOUR], (n) => n), column('old', [0, 1])],
  ]);
  await archive.write('srv_a', archive.slotsOfDay(T0 + DAY)[0]!, [
    [every('cpu', [DAY, 2 * DAY, HOUR], (n) => 24 + n), column('new', [DAY, 2])],
  ]);
  const all = await archive.read({ targetId: 'srv_a', start: 0, end: Number.MAX_SAFE_INTEGER });
  expect(all.map(({ key, times }) => [key, times.length])).toEqual([
    ['cpu', 48],
    ['new', 1],
    ['old', 1],
  ]);
  const part = await archive.read({
    targetId: 'srv_a',
    keys: ['cpu', 'nobody'],
    start: T0 + 23 * HOUR,
    end: T0 + 25 * HOUR,
  });
  expect(part).toEqual([column('cpu', [23 * HOUR, 23], [24 * HOUR, 24], [25 * HOUR, 25])]);
  expect(await archive.read({ targetId: 'srv_z', start: 0, end: T0 })).toEqual([]);
  expect(await archive.read({ targetId: 'srv_a', keys: [], start: 0, end: T0 + DAY })).toEqual([]);
});

it('tells apart no sample and no reading, and keeps every number as it is', async () => {
  const { path, archive } = setup();
  const odd = [NaN, 0, Infinity, -Infinity, 5e-324, 0.1 + 0.2, 2 ** 53];
  const columns = [
    column('a', ...odd.map((value, n) => [n * 1000, value] as const)),
    column('b', [500, 1], [2000, NaN]),
  ];
  await archive.write('srv_a', archive.slotsOfDay(T0)[0]!, [columns]);
  const read = await archive.read({ targetId: 'srv_a', start: T0, end: T0 + DAY });
  expect(read).toEqual(columns);
  const rows = await ask(
    'select count(*) as rows, count(b) as samples, count(nullif(isnan(b), false)) as nans from read_parquet($1)',
    [`${path}/**/*.parquet`],
  );
  expect(rows).toEqual([{ rows: 8n, samples: 2n, nans: 1n }]);
});

it('stores -0 as 0, also where a column has both and few other values', async () => {
  const { archive } = setup();
  const mixed = every('a', [0, DAY, 60_000], (n) => (n % 3 === 0 ? -0 : n % 2));
  await archive.write('srv_a', archive.slotsOfDay(T0)[0]!, [[mixed]]);
  const [read] = await archive.read({ targetId: 'srv_a', start: T0, end: T0 + DAY });
  expect(read).toEqual({ ...mixed, values: mixed.values.map((value) => value + 0) });
});

it('keeps keys of any text apart, in a folder of any name', async () => {
  const { path, archive } = setup({ path: join(temporaryFolder(), "it's [a] *? {folder} \u{1F4C1}") });
  const slot = archive.slotsOfDay(T0)[0]!;
  const anyKey = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      'time',
      'TIME',
      'day',
      'd{m="/A"}',
      'd{m="/a"}',
      'd{m="\\"\'"}',
      '"x"',
      'a\0b',
      '\ud800',
      "'); drop",
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(anyKey, { minLength: 1, maxLength: 20 }), async (keys) => {
      const columns = keys.sort().map((key, n) => column(key, [n, n]));
      await archive.write('srv_a', slot, [columns]);
      expect(await archive.read({ targetId: 'srv_a', start: T0, end: T0 + DAY })).toEqual(columns);
      const [first] = columns;
      const one = await archive.read({ targetId: 'srv_a', keys: [first!.key], start: T0, end: T0 + DAY });
      expect(one).toEqual([first]);
    }),
    { numRuns: 25 },
  );
  expect(existsSync(`${path}/target=srv_a/${slot.folder}/data-0.parquet`)).toBe(true);
});

it('gives back what it was given, whatever the times', async () => {
  const { archive } = setup({ partition: 'hour' });
  const slot = archive.slotsOfDay(T0)[7]!;
  const anyTimes = fc.uniqueArray(fc.integer({ min: 7 * HOUR, max: 8 * HOUR - 1 }), {
    minLength: 1,
    maxLength: 50,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyTimes, { minLength: 1, maxLength: 5 }),
      // -0 comes back as 0.
      fc.double().map((value) => value + 0),
      async (lists, value) => {
        const columns = lists.map((times, n) =>
          column(`k${n}`, ...times.sort((a, b) => a - b).map((at) => [at, value] as const)),
        );
        await archive.write('srv_a', slot, [columns]);
        expect(await archive.read({ targetId: 'srv_a', start: slot.start, end: slot.end - 1 })).toEqual(
          columns,
        );
      },
    ),
    { numRuns: 25 },
  );
});

it('replaces a slot as a whole: batches become files, and files of an earlier write go', async () => {
  const { path, archive } = setup();
  const slot = archive.slotsOfDay(T0)[0]!;
  const three = await archive.write('srv_a', slot, [
    [column('a', [0, 1])],
    [],
    [column('b', [0, 2])],
    [column('c', [0, 3])],
  ]);
  expect(three).toMatchObject({ files: 3, samples: 3 });
  expect(await archive.size()).toEqual({ files: three.files, bytes: three.bytes });
  const columns = [column('b', [0, 5])];
  await archive.write('srv_a', slot, [columns]);
  expect(await archive.read({ targetId: 'srv_a', start: T0, end: T0 })).toEqual(columns);
  expect(readdirSync(join(path, 'target=srv_a', slot.folder))).toEqual(['data-0.parquet']);
  expect(await archive.list()).toEqual([
    {
      targetId: 'srv_a',
      path: join(path, 'target=srv_a', slot.folder, 'data-0.parquet'),
      start: T0,
      end: T0 + DAY,
      bytes: statSync(join(path, 'target=srv_a', slot.folder, 'data-0.parquet')).size,
    },
  ]);
});

it('takes the later of two where a day and its hours both have a time', async () => {
  const { path, archive } = setup();
  const hours = openArchive({ path, partition: 'hour' });
  await archive.write('srv_a', archive.slotsOfDay(T0)[0]!, [[column('a', [0, 1], [HOUR, 2], [2 * HOUR, 3])]]);
  await hours.write('srv_a', hours.slotsOfDay(T0)[1]!, [[column('a', [HOUR, 20], [HOUR + 1, 21])]]);
  await hours.close();
  expect(await archive.read({ targetId: 'srv_a', start: T0, end: T0 + DAY })).toEqual([
    column('a', [0, 1], [HOUR, 20], [HOUR + 1, 21], [2 * HOUR, 3]),
  ]);
});

it('refuses times outside of the slot, out of order or broken, and ids that are no part of a path', async () => {
  const { archive } = setup();
  const slot = archive.slotsOfDay(T0)[0]!;
  for (const bad of [
    [[DAY, 1]],
    [[-1, 1]],
    [
      [2, 1],
      [1, 1],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [[0.5, 1]],
    [[NaN, 1]],
  ] as [number, number][][])
    await expect(archive.write('srv_a', slot, [[column('cpu', ...bad)]])).rejects.toThrow(RangeError);
  await expect(archive.write('../x', slot, [[column('cpu', [0, 1])]])).rejects.toThrow(
    /targetId: "..\/x", must be/,
  );
  await expect(archive.read({ targetId: 'a/b', start: 0, end: 1 })).rejects.toThrow(RangeError);
  expect(() => openArchive({ path: '/x', partition: 'day', memoryLimitMiB: 1 })).toThrow(/memoryLimitMiB: 1/);
});

it('loads DuckDB with the first use, not before', () => {
  const script = `
    const { openArchive } = await import(process.argv[1]);
    const archive = openArchive({ path: process.argv[2], partition: 'day' });
    await archive.read({ targetId: 'srv_a', start: 0, end: 1 });
    const { _cache } = (await import('node:module')).default;
    console.log(Object.keys(_cache).filter((path) => path.includes('duckdb')).length);
    await archive.close();`;
  const index = new URL('./index.ts', import.meta.url).href;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script, index, temporaryFolder()]);
  expect(String(out).trim()).toBe('0');
});

it('says how to install DuckDB where it is missing', async () => {
  const missing = Object.assign(new Error("Cannot find package '@duckdb/node-api'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  const failed = loadDuckdb(() => Promise.reject(missing));
  await expect(failed).rejects.toThrow(ArchiveUnavailable);
  await expect(failed).rejects.toThrow(/npm install @duckdb\/node-api@/);
});

it('answers nothing after it was closed, and closes twice', async () => {
  const { archive } = setup();
  const slot = archive.slotsOfDay(T0)[0]!;
  await archive.write('srv_a', slot, [[column('a', [0, 1])]]);
  const late = archive.read({ targetId: 'srv_a', start: T0, end: T0 });
  const closed = archive.close();
  await Promise.allSettled([late]);
  await closed;
  await archive.close();
  await expect(archive.read({ targetId: 'srv_a', start: T0, end: T0 })).rejects.toThrow(ArchiveUnavailable);
});
