import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Gap } from '@guardia/model';
import { expect, it } from 'vitest';
import { type Archive, ArchiveWriteFailed } from './index.ts';
import { column, DAY, every, setup, T0 } from './test/samples.ts';

const ALL = { targetId: 'srv_a', start: 0, end: Number.MAX_SAFE_INTEGER };

/** Three days of one series with three samples a day. */
async function threeDays(): Promise<ReturnType<typeof setup> & { file: (day: number) => string }> {
  const parts = setup();
  for (let day = 0; day < 3; day++) await writeDay(parts.archive, day);
  const file = (day: number) => join(parts.path, 'target=srv_a', `day=2026-01-0${day + 1}`, 'data-0.parquet');
  return { ...parts, file };
}

function writeDay(archive: Archive, day: number): Promise<unknown> {
  return archive.write('srv_a', archive.slotsOfDay(T0 + day * DAY)[0]!, [[column('cpu', ...samplesOf(day))]]);
}

function samplesOf(day: number): (readonly [number, number])[] {
  return [0, 1, 2].map((n) => [day * DAY + n * 1000, day * 10 + n] as const);
}

it.each([
  ['truncated', 'unreadable', (path: string) => truncateSync(path, 200)],
  ['empty', 'unreadable', (path: string) => truncateSync(path, 0)],
  ['no Parquet at all', 'unreadable', (path: string) => writeFileSync(path, 'x'.repeat(1000))],
  ['missing', 'missing', (path: string) => rmSync(path)],
  ['missing with its folder', 'missing', (path: string) => rmSync(join(path, '..'), { recursive: true })],
] as const)('reports a file that is %s, and reads the rest', async (_name, type, damage) => {
  const { archive, notices, file } = await threeDays();
  damage(file(1));
  const gaps: Gap[] = [];
  const rest = await archive.read(ALL, { onGap: (gap) => gaps.push(gap) });
  expect(rest).toEqual([column('cpu', ...samplesOf(0), ...samplesOf(2))]);
  const gap = { targetId: 'srv_a', start: T0 + DAY, end: T0 + 2 * DAY - 1, reason: `file-${type}` };
  const part = { ...ALL, start: gap.start + 1, end: gap.end - 1 };
  await archive.read(part, { onGap: (each) => gaps.push(each) });
  expect(gaps).toEqual([gap, { ...gap, start: gap.start + 1, end: gap.end - 1 }]);
  expect(notices[0]).toEqual({
    type,
    path: file(1),
    targetId: 'srv_a',
    start: T0 + DAY,
    end: T0 + 2 * DAY,
    message: expect.stringContaining(file(1)),
  });
  notices.length = 0;
  await archive.read({ ...ALL, end: T0 + DAY - 1 });
  expect(notices).toEqual([]);
  expect(await archive.verify()).toMatchObject({ samples: 6, problems: [{ type, path: file(1) }] });
});

it('is whole again when the day was written again', async () => {
  const { archive, notices, file } = await threeDays();
  truncateSync(file(1), 100);
  await writeDay(archive, 1);
  expect(await archive.read(ALL)).toEqual([column('cpu', ...samplesOf(0), ...samplesOf(1), ...samplesOf(2))]);
  expect(await archive.verify()).toEqual({ files: 3, samples: 9, problems: [] });
  expect(notices).toEqual([]);
});

it('finds any flipped byte of the samples', async () => {
  const { archive, file } = await threeDays();
  const samples = await archive.read(ALL);
  const whole = readFileSync(file(0));
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  for (let at = 4; at < footer; at += 7) {
    const bytes = Buffer.from(whole);
    bytes[at] = bytes[at]! ^ 0x10;
    writeFileSync(file(0), bytes);
    const { problems } = await archive.verify();
    // A few bytes say nothing about samples: sizes of pages that no reader looks at.
    if (problems.length > 0) expect(problems).toMatchObject([{ path: file(0) }]);
    else expect(await archive.read(ALL)).toEqual(samples);
  }
});

it('passes over what a crash left: an unfinished file, a torn line of the list', async () => {
  const { archive, path, notices } = await threeDays();
  appendFileSync(join(path, 'target=srv_a', '_files.jsonl'), '\n{"folder":"day=2026-01-04","fi');
  mkdirSync(join(path, 'target=srv_a', 'day=2026-01-04'));
  writeFileSync(join(path, 'target=srv_a', 'day=2026-01-04', '.data-0.parquet.tmp'), 'PAR1');
  expect((await archive.read(ALL))[0]!.times).toHaveLength(9);
  await writeDay(archive, 3);
  rmSync(join(path, 'target=srv_a', 'day=2026-01-04', 'data-0.parquet'));
  await archive.read(ALL);
  expect(notices).toMatchObject([{ type: 'missing', start: T0 + 3 * DAY }]);
});

it('leaves the old file and no half of a new one where writing fails', async () => {
  const { archive, file } = await threeDays();
  const old = readFileSync(file(0));
  rmSync(file(1));
  mkdirSync(file(1));
  await expect(writeDay(archive, 1)).rejects.toThrow(ArchiveWriteFailed);
  await expect(writeDay(archive, 1)).rejects.toThrow(`${file(1)} could not be written: `);
  expect(readdirSync(join(file(1), '..'))).toEqual(['data-0.parquet']);
  expect(readFileSync(file(0))).toEqual(old);
});

it('writes thousands of series within the memory it may have', async () => {
  const { archive } = setup({ memoryLimitMiB: 128 });
  const slot = archive.slotsOfDay(T0)[0]!;
  const batches = Array.from({ length: 4 }, (_, batch) =>
    Array.from({ length: 500 }, (_, n) =>
      every(`m${String(batch * 500 + n).padStart(4, '0')}`, [0, DAY, 300_000], (i) => i * n),
    ),
  );
  expect(await archive.write('srv_a', slot, batches)).toMatchObject({ files: 4, samples: 2000 * 288 });
  expect(await archive.read({ ...ALL, keys: ['m0003', 'm1999'] })).toEqual([
    batches[0]![3],
    batches[3]![499],
  ]);
});
