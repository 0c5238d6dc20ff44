import { TestClock } from '@guardia/kernel';
import type { SeriesSelector } from '@guardia/model';
import { openSeries, type RawColumn, type SeriesStore, type StoredQuery } from '@guardia/series';
import { expect, it, onTestFinished } from 'vitest';
import { archiveJob } from './archive-job.ts';
import type { Batches } from './contract.ts';
import type { Archive } from './index.ts';
import type { Slot } from './slot.ts';
import { everything } from './test/everything.ts';
import { DAY, HOUR, setup, T0 } from './test/samples.ts';

const NOW = T0 + 5 * DAY + HOUR;
const KEYS = ['cpu', 'disk{mount="/"}', 'net'];

/** A store with a frame an hour of two targets over five days, the second one without the third day. */
async function filled(archive: Archive): Promise<SeriesStore> {
  const clock = new TestClock({ wallMs: NOW });
  const store = await openSeries({ backend: 'memory', clock, archive });
  onTestFinished(() => store.close());
  const layout = { keys: KEYS };
  for (let n = 0; n <= 5 * 24; n++) {
    const at = T0 + n * HOUR;
    await store.append({
      targetId: 'srv_a',
      at,
      layout,
      values: Float64Array.of(n, n * 10, n % 2 === 0 ? n : Number.NaN),
    });
    if (Math.floor(n / 24) !== 2)
      await store.append({ targetId: 'srv_b', at, layout, values: Float64Array.of(-n, 0, 0) });
  }
  await store.settle();
  return store;
}

it.each(['day', 'hour'] as const)(
  'moves whole days that are old enough, in files of a %s',
  async (partition) => {
    const { archive } = setup({ partition });
    const store = await filled(archive);
    const before = await everything(store, archive, ['srv_a', 'srv_b']);
    const steps: (number | null)[] = [];
    const done = await archiveJob(store, archive, {
      afterMs: DAY,
      now: NOW,
      onProgress: ({ until }) => steps.push(until),
    });
    expect(steps).toEqual([1, 2, 3, 4].map((day) => T0 + day * DAY));
    expect(done).toMatchObject({ until: T0 + 4 * DAY, daysLeft: 0, samples: 3 * 24 * (4 + 3) });
    expect(done.files).toBe(partition === 'day' ? 7 : 7 * 24);
    expect(await archive.size()).toEqual({ files: done.files, bytes: done.bytes });
    expect(await everything(store, archive, ['srv_a', 'srv_b'])).toEqual(before);
    const left = await store.raw({ targetId: 'srv_a', start: 0, end: NOW });
    expect(left[0]!.times[0]).toBe(T0 + 4 * DAY);
  },
);

it('lets the store answer over both as if nothing had moved', async () => {
  const { archive } = setup();
  const store = await filled(archive);
  const question = { targetId: 'srv_a', start: T0, end: NOW, limit: 1000 };
  const before = await store.range(question);
  await archiveJob(store, archive, { afterMs: DAY, now: NOW });
  expect(await store.range(question)).toEqual(before);
  expect(before.points).toHaveLength(121);
});

it('has nothing to do on the same day, and goes on the next', async () => {
  const { archive } = setup();
  const store = await filled(archive);
  await archiveJob(store, archive, { afterMs: 2 * DAY, now: NOW });
  const again = await archiveJob(store, archive, { afterMs: 2 * DAY, now: NOW });
  expect(again).toEqual({ until: T0 + 3 * DAY, daysLeft: 0, files: 0, samples: 0, bytes: 0 });
  const next = await archiveJob(store, archive, { afterMs: 2 * DAY, now: NOW + DAY });
  expect(next).toMatchObject({ until: T0 + 4 * DAY, files: 2 });
});

it('has nothing to do without samples', async () => {
  const { archive } = setup();
  const store = await openSeries({ backend: 'memory', clock: new TestClock({ wallMs: NOW }) });
  onTestFinished(() => store.close());
  expect(await archiveJob(store, archive, { afterMs: DAY, now: NOW })).toMatchObject({
    until: null,
    daysLeft: 0,
    files: 0,
  });
});

it('ends when it is told to, and loses nothing', async () => {
  const { archive } = setup();
  const store = await filled(archive);
  const before = await everything(store, archive, ['srv_a', 'srv_b']);
  const stop = new AbortController();
  const run = archiveJob(store, archive, {
    afterMs: DAY,
    now: NOW,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  expect(await store.archivedUntil()).toBe(T0 + DAY);
  await archiveJob(store, archive, { afterMs: DAY, now: NOW });
  expect(await everything(store, archive, ['srv_a', 'srv_b'])).toEqual(before);
});

it('writes a day again that was written, but not deleted from the store', async () => {
  const { archive } = setup();
  const store = await filled(archive);
  const before = await everything(store, archive, ['srv_a', 'srv_b']);
  const halfway = { ...bound(store), dropArchived: () => Promise.reject(new Error('the power went')) };
  await expect(archiveJob(halfway, archive, { afterMs: DAY, now: NOW })).rejects.toThrow('the power went');
  expect((await archive.list()).length).toBe(2);
  await archiveJob(store, archive, { afterMs: DAY, now: NOW });
  expect(await everything(store, archive, ['srv_a', 'srv_b'])).toEqual(before);
});

function bound(
  store: SeriesStore,
): Pick<SeriesStore, 'targets' | 'find' | 'range' | 'raw' | 'archivedUntil'> {
  return {
    targets: () => store.targets(),
    find: (selector, limit) => store.find(selector, limit),
    range: (query) => store.range(query),
    raw: (query) => store.raw(query),
    archivedUntil: () => store.archivedUntil(),
  };
}

/** The store, and how often it was asked for what. */
function counted(store: SeriesStore) {
  const asked = { raw: 0, find: 0 };
  const counting = {
    ...bound(store),
    raw: (query: StoredQuery) => {
      asked.raw++;
      return store.raw(query);
    },
    find: (selector: SeriesSelector, limit: number) => {
      asked.find++;
      return store.find(selector, limit);
    },
    dropArchived: (until: number) => store.dropArchived(until),
  };
  return { asked, counting };
}

it('reads each day of a target once, also in files of an hour and where there is nothing', async () => {
  const { archive } = setup({ partition: 'hour' });
  const store = await filled(archive);
  const { asked, counting } = counted(store);
  await archiveJob(counting, archive, { afterMs: DAY, now: NOW });
  expect(asked).toEqual({ raw: 4 * 2, find: 0 });
});

it('reads hour by hour what a day has too many samples for, and writes the same', async () => {
  const day = T0;
  const keys = Array.from({ length: 600 }, (_, i) => `m{i="${i}"}`);
  // 8,640 a series, 5,184,000 in all; of the last hour there are none.
  const times = Float64Array.from({ length: 8_640 }, (_, n) => day + n * 9_500);
  const values = times.map((_, n) => n);
  const asked: StoredQuery[] = [];
  const raw = async (query: StoredQuery): Promise<RawColumn[]> => {
    asked.push(query);
    const from = times.findIndex((at) => at >= query.start);
    const to = times.findLastIndex((at) => at <= query.end) + 1;
    if (from === -1 || to <= from) return [];
    const { enough = Number.POSITIVE_INFINITY } = query;
    const columns = (query.keys ?? keys).map((key) => ({ key, times, values }));
    return columns
      .slice(0, Math.ceil(enough / (to - from)))
      .map(({ key }) => ({ key, times: times.slice(from, to), values: values.slice(from, to) }));
  };
  const store = {
    raw,
    find: async () => keys.map((key) => ({ targetId: 'srv_a', key })),
    range: () => Promise.reject(new Error('nothing is asked of tiers')),
    targets: async () => ['srv_a'],
    archivedUntil: async () => day,
    dropArchived: async () => undefined,
  };
  const written: [string, number, number][] = [];
  const { archive } = setup({ partition: 'hour' });
  const noting: Archive = Object.assign(Object.create(archive), {
    slotsOfDay: (at: number) => archive.slotsOfDay(at),
    has: async () => false,
    write: async (_: string, slot: Slot, batches: Batches) => {
      for await (const batch of batches) written.push([slot.folder, batch.length, batch[0]!.times.length]);
      return { files: 0, samples: 0, bytes: 0 };
    },
  });
  await archiveJob(store, noting, { afterMs: DAY, now: day + 2 * DAY });
  expect(asked.map(({ start, end }) => (end + 1 - start) / HOUR)).toEqual([24, ...Array(24).fill(1)]);
  expect(new Set(written.map(([folder]) => folder)).size).toBe(23);
  expect(written.every(([, series, samples]) => series <= 500 && samples <= 380)).toBe(true);
});
