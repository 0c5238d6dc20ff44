import type { RawColumn, RawQuery } from '@guardia/series';
import { expect, it } from 'vitest';
import { batchesOf } from './batches.ts';
import { column, DAY, T0 } from './test/samples.ts';

const RANGE = { targetId: 'srv_a', start: T0, end: T0 + DAY - 1 };

/** Numbers of series in each batch, of `series` series with `samples` samples each. */
async function sizes(series: number, samples: number): Promise<number[]> {
  const keys = Array.from({ length: series }, (_, n) => `m${n}`);
  const times = new Float64Array(samples);
  const asked: string[] = [];
  const read = async ({ keys: some = [] }: RawQuery): Promise<RawColumn[]> =>
    some.map((key) => ({ key, times, values: times }));
  const found: number[] = [];
  for await (const batch of batchesOf(read, { ...RANGE, keys })) {
    found.push(batch.length);
    asked.push(...batch.map(({ key }) => key));
  }
  expect(asked).toEqual(keys);
  return found;
}

it('takes as many series at once as fit into memory', async () => {
  expect(await sizes(50, 5760)).toEqual([50]);
  expect(await sizes(1200, 5760)).toEqual([500, 500, 200]);
  expect(await sizes(100, 86_400)).toEqual([34, 34, 32]);
  expect(await sizes(8, 86_400)).toEqual([8]);
  expect(await sizes(600, 0)).toEqual([500, 100]);
  expect(await sizes(0, 0)).toEqual([]);
});

it('ends before the next batch when it is told to', async () => {
  const stop = new AbortController();
  const keys = Array.from({ length: 1000 }, (_, n) => `m${n}`);
  const read = async (): Promise<RawColumn[]> => [column('m0', [0, 1])];
  const batches = batchesOf(read, { ...RANGE, keys, signal: stop.signal });
  expect((await batches.next()).done).toBe(false);
  stop.abort();
  await expect(batches.next()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
});
