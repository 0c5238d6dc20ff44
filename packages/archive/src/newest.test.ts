import type { RawColumn } from '@guardia/series';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Archive, openArchive } from './index.ts';
import { column, DAY, every, HOUR, setup, T0 } from './test/samples.ts';

const ALL = { targetId: 'srv_a', start: T0, end: T0 + 100 * DAY };

/** Reads the newest times and counts what it cost. */
async function newestOf(
  archive: Archive,
  newest: number,
  query: Partial<typeof ALL & { keys: string[] }> = {},
) {
  let read = 0;
  const columns = await archive.read({ ...ALL, ...query }, { newest, onSamples: (count) => (read += count) });
  return { columns, read };
}

it('reads the newest times of a range and little else', async () => {
  const { path, archive } = setup();
  for (let day = 0; day < 5; day++) {
    const range = [day * DAY, (day + 1) * DAY, 60_000] as const;
    const parts = [[every('a', range, (n) => n)], [every('b', range, (n) => -n)]];
    await archive.write('srv_a', archive.slotsOfDay(T0 + day * DAY)[0]!, parts);
  }
  expect(await newestOf(archive, 10)).toEqual({
    columns: ['a', 'b'].map((key) =>
      every(key, [5 * DAY - 600_000, 5 * DAY, 60_000], (n) => (key === 'a' ? 1430 + n : -1430 - n)),
    ),
    read: 20,
  });
  const { columns, read } = await newestOf(archive, 1450, { end: T0 + 4 * DAY - 1, keys: ['a'] });
  expect([columns[0]!.times.length, columns[0]!.times[0]! - T0, read]).toEqual([
    1450,
    3 * DAY - 600_000,
    1450,
  ]);
  expect((await newestOf(archive, 10, { keys: ['nobody'] })).columns).toEqual([]);
  const hours = openArchive({ path, partition: 'hour' });
  await hours.write('srv_a', hours.slotsOfDay(T0 + 4 * DAY)[23]!, [[column('a', [5 * DAY - 1, 7])]]);
  await hours.close();
  const [newest] = (await newestOf(archive, 1, { keys: ['a'] })).columns;
  expect([newest!.times.at(-1)! - T0, newest!.values.at(-1)]).toEqual([5 * DAY - 1, 7]);
});

it('has each of the newest times whole, whatever the series and files', async () => {
  const { archive } = setup({ partition: 'hour' });
  let runs = 0;
  const keys = ['a', 'b', 'C', 'time'];
  const anyTimes = fc.uniqueArray(fc.integer({ min: 0, max: 4 * HOUR - 1 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyTimes, { minLength: keys.length, maxLength: keys.length }),
      fc.integer({ min: 1, max: 60 }),
      fc.subarray(keys, { minLength: 1 }),
      async (lists, newest, asked) => {
        const targetId = `srv_${runs++}`;
        for (const slot of archive.slotsOfDay(T0).slice(0, 4)) {
          const within = (at: number) => T0 + at >= slot.start && T0 + at < slot.end;
          const columns = lists.map((times, n) => {
            return column(
              keys[n]!,
              ...times
                .filter(within)
                .sort((x, y) => x - y)
                .map((at) => [at, n] as const),
            );
          });
          await archive.write(targetId, slot, [columns.slice(0, 2), columns.slice(2)]);
        }
        const whole = samplesOf(await archive.read({ ...ALL, targetId, keys: asked }));
        const times = [...new Set(whole.map(([time]) => time))].sort((x, y) => y - x);
        const from = times[Math.min(newest, times.length) - 1] ?? 0;
        const { columns } = await newestOf(archive, newest, { targetId, keys: asked });
        const isNew = ([time]: readonly [number, string]) => time >= from;
        expect(samplesOf(columns).filter(isNew)).toEqual(whole.filter(isNew));
      },
    ),
    { numRuns: 20 },
  );
});

it('stops within a file when it is told to, and reads on for others', async () => {
  const { archive, notices } = setup();
  const day = every('a', [0, DAY, 15_000], (n) => n);
  await archive.write('srv_a', archive.slotsOfDay(T0)[0]!, [[day, { ...day, key: 'b' }]]);
  const stop = new AbortController();
  let read = 0;
  const onSamples = (count: number) => {
    read += count;
    if (read > 3000) stop.abort(new Error('enough'));
  };
  await expect(archive.read(ALL, { onSamples, signal: stop.signal })).rejects.toThrow('enough');
  expect(read).toBe(4096);
  expect(notices).toEqual([]);
  expect((await archive.read(ALL)).map(({ times }) => times.length)).toEqual([5760, 5760]);
});

it('reads nothing for who went away while others were served', async () => {
  const { archive } = setup();
  await archive.write('srv_a', archive.slotsOfDay(T0)[0]!, [[column('a', [0, 1])]]);
  const first = archive.read(ALL);
  const stop = new AbortController();
  let read = 0;
  const second = archive.read(ALL, { onSamples: (count) => (read += count), signal: stop.signal });
  stop.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  expect([(await first)[0]!.times.length, read]).toEqual([1, 0]);
});

function samplesOf(columns: readonly RawColumn[]): (readonly [number, string])[] {
  return columns.flatMap(({ key, times, values }) =>
    Array.from(times, (time, i) => [time, `${key} ${values[i]}`] as const),
  );
}
