// Raw samples that left for an archive: read as one with those that are here. How an archive keeps them is left to the
// archive package; here it is an array.
import type { Gap } from '@guardia/model';
import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../open-series.ts';
import type { ArchiveReader, ArchiveReadOptions, RawColumn, RawQuery, SeriesStore } from '../store.ts';
import { DAY_MS, frameAt, HOUR_MS, T0 } from '../test/frames.ts';
import type { Setup } from './harness.ts';

const DAYS = 6;

/** An archive that holds what it is given, says what of it is lost, and counts how often it is asked and what it gave. */
class ArrayArchive implements ArchiveReader {
  readonly #columns: { targetId: string; column: RawColumn }[] = [];
  readonly lost: Gap[] = [];
  asked = 0;
  given = 0;

  async take(store: SeriesStore, targetId: string, untilDay: number): Promise<void> {
    const query = { targetId, start: 0, end: T0 + untilDay * DAY_MS - 1 };
    for (const column of await store.raw(query)) this.#columns.push({ targetId, column });
  }

  async read(
    { targetId, start, end, keys }: RawQuery,
    { onGap, newest = Number.MAX_SAFE_INTEGER }: ArchiveReadOptions = {},
  ): Promise<RawColumn[]> {
    this.asked++;
    for (const gap of this.lost) if (gap.targetId === targetId) onGap?.(gap);
    const mine = this.#columns.flatMap((each) => {
      const isMine = each.targetId === targetId && keys?.includes(each.column.key) !== false;
      return isMine ? [each.column] : [];
    });
    const all = [...new Set(mine.flatMap(({ times }) => [...times]))].sort((a, b) => a - b);
    const wanted = new Set(all.filter((time) => time >= start && time <= end).slice(-newest));
    return mine.map(({ key, times, values }) => {
      const within = [...times.keys()].filter((i) => wanted.has(times[i]!));
      this.given += within.length;
      return {
        key,
        times: Float64Array.from(within, (i) => times[i]!),
        values: Float64Array.from(within, (i) => values[i]!),
      };
    });
  }
}

/** An archive without an end, that gives a million samples at a time until it is told to stop. */
function endlessArchive(): ArchiveReader & { given: number } {
  return {
    given: 0,
    async read(_query, { onSamples, signal } = {}) {
      for (;;) {
        this.given += 1_000_000;
        onSamples?.(1_000_000);
        signal?.throwIfAborted();
      }
    },
  };
}

/** Six days of two targets, half of them dropped for an archive that is none of ours. */
async function beside(setup: Setup, archive: ArchiveReader) {
  const bundle = await setup({ wallMs: T0 + DAYS * DAY_MS, archive });
  await bundle.feed(hours());
  await bundle.store.dropArchived(T0 + 3 * DAY_MS);
  const p50 = (signal?: AbortSignal) => {
    const node = { type: 'series', selector: { metric: 'cpu' }, agg: 'p50' } as const;
    return bundle.store.query(
      { node, start: T0, end: T0 + DAYS * DAY_MS - 1, stepMs: DAY_MS },
      signal && { signal },
    );
  };
  const wide = { targetId: 'srv_a', start: T0, end: T0 + DAYS * DAY_MS, limit: 1000 };
  return { ...bundle, p50, frames: (signal?: AbortSignal) => bundle.store.range(wide, signal && { signal }) };
}

function* hours() {
  for (let n = 0; n < DAYS * 24; n++) {
    for (const targetId of ['srv_a', 'srv_b'])
      yield frameAt(targetId, T0 + n * HOUR_MS, { cpu: n, net: n * 100 });
  }
}

async function archived(setup: Setup) {
  const archive = new ArrayArchive();
  const bundle = await setup({ wallMs: T0 + DAYS * DAY_MS, archive });
  await bundle.feed(hours());
  await bundle.store.settle();
  const whole = await bundle.range({ limit: 1000 });
  for (const targetId of ['srv_a', 'srv_b']) await archive.take(bundle.store, targetId, 3);
  await bundle.store.dropArchived(T0 + 3 * DAY_MS);
  return { ...bundle, archive, whole };
}

export function archive(setup: Setup, { keeps }: { keeps: boolean }): void {
  it('drops what is archived, remembers up to where, and takes nothing late into it', async () => {
    const bundle = await archived(setup);
    const { store, feed } = bundle;
    const [column] = await store.raw({ targetId: 'srv_a', start: 0, end: T0 + 100 * DAY_MS });
    expect(column!.times[0]).toBe(T0 + 3 * DAY_MS);
    expect((await store.stats()).tiers).toMatchObject({
      raw: { rows: 12, points: 288 },
      '1h': { points: 576 },
    });
    await feed([frameAt('srv_a', T0 + DAY_MS + 1, { cpu: 1, net: 2 })]);
    await store.settle();
    expect((await store.stats()).samplesRefused).toBe(2);
    expect(await store.archivedUntil()).toBe(T0 + 3 * DAY_MS);
    if (keeps) expect(await (await bundle.reopen()).store.archivedUntil()).toBe(T0 + 3 * DAY_MS);
  });

  it('reads hot and archived samples as one, as frames, as buckets, as a query', async () => {
    const { store, range, ask, whole, archive: reader } = await archived(setup);
    expect(await range({ limit: 1000 })).toEqual(whole);
    expect((await range({ start: T0 + 2 * DAY_MS, limit: 30 })).points).toEqual(whole.points.slice(-30));
    const buckets = await range({ start: T0, stepMs: 90 * 60_000, agg: 'count', names: ['cpu'] });
    expect(buckets.points.reduce((sum, { values }) => sum + values.cpu!, 0)).toBe(DAYS * 24);
    const question = { end: T0 + DAYS * DAY_MS - 1 };
    const p99 = await ask({ metric: 'cpu' }, 'p99', { ...question, stepMs: 2 * DAY_MS });
    expect(p99.rows.map(({ values }) => Math.round(values.reduce((sum, value) => sum + value, 0)))).toEqual([
      284, 284,
    ]);
    const asked = reader.asked;
    expect((await ask({ metric: 'cpu' }, 'sum', { ...question, stepMs: DAY_MS })).tier).toBe('1h');
    expect(reader.asked).toBe(asked);
    await store.latest('srv_a', 10);
    expect(reader.asked).toBe(asked);
  });

  it('takes of the archive only the newest points that are missing, page by page to its oldest', async () => {
    const { feed, range, whole, archive: reader } = await archived(setup);
    const limit = 10;
    let points: typeof whole.points = [];
    for (let end = T0 + DAYS * DAY_MS; ; ) {
      reader.given = 0;
      const page = await range({ start: T0 - 400 * DAY_MS, end, limit });
      expect(reader.given).toBeLessThanOrEqual(2 * (limit + 1));
      points = [...page.points, ...points];
      if (!page.cut) break;
      end = page.points[0]!.at - 1;
    }
    expect(points).toEqual(whole.points);
    await feed([frameAt('srv_a', T0 + DAYS * DAY_MS, { sparse: 1 })]);
    const few = await range({ start: T0, limit: 3 * 24 + 2, names: ['cpu'] });
    expect(few).toMatchObject({
      cut: true,
      points: whole.points.slice(-3 * 24 - 2).map(({ at }) => ({ at })),
    });
    reader.given = 0;
    expect((await range({ start: T0, limit: 3 * 24 - 1, names: ['cpu'] })).cut).toBe(true);
    expect(reader.given).toBe(0);
  });

  it('looks through many steps of hot and archived samples, and refuses too many', async () => {
    const { range, whole } = await archived(setup);
    const seconds = { end: T0 + DAYS * DAY_MS, stepMs: 1000, agg: 'last' } as const;
    const { points, cut } = await range({ ...seconds, start: T0 - 55 * DAY_MS });
    expect({ points, cut }).toEqual({ points: whole.points, cut: false });
    await expect(range({ ...seconds, start: 1 })).rejects.toMatchObject({ code: 'QUERY_TOO_MANY_POINTS' });
  });

  it('stops reading the archive as soon as a question needs too much of it', async () => {
    const endless = endlessArchive();
    const { p50, frames } = await beside(setup, endless);
    for (const question of [p50, frames]) {
      endless.given = 0;
      await expect(question()).rejects.toMatchObject({ code: 'QUERY_TOO_MUCH_ARCHIVE' });
      expect(endless.given).toBe(11_000_000);
    }
  });

  it('gives up while the archive is read, and before, when it is told to', async () => {
    const reading = Promise.withResolvers<void>();
    const waiting: ArchiveReader = {
      async read(_query, { signal } = {}) {
        reading.resolve();
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        throw signal?.reason;
      },
    };
    const { p50, frames } = await beside(setup, waiting);
    for (const question of [p50, frames]) {
      const controller = new AbortController();
      const asked = question(controller.signal);
      await reading.promise;
      controller.abort();
      await expect(asked).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
      await expect(question(AbortSignal.abort())).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
    }
  });

  it('says with its answers what the archive could not read, days in a row as one', async () => {
    const { range, ask, archive: reader } = await archived(setup);
    const lost = (targetId: string, day: number, reason: Gap['reason'] = 'file-missing'): Gap => {
      return { targetId, start: T0 + day * DAY_MS, end: T0 + (day + 1) * DAY_MS - 1, reason };
    };
    reader.lost.push(
      lost('srv_a', 2),
      lost('srv_a', 1, 'file-unreadable'),
      lost('srv_a', 1),
      lost('srv_b', 0),
    );
    const ofA = [{ ...lost('srv_a', 1), end: lost('srv_a', 2).end }, lost('srv_a', 1, 'file-unreadable')];
    expect((await range({ limit: 1000 })).gaps).toEqual(ofA);
    expect((await range({ end: T0 + 4 * DAY_MS, stepMs: 30_000 })).gaps).toEqual(ofA);
    expect((await range({ start: T0 + 3 * DAY_MS })).gaps).toBeUndefined();
    const answer = await ask({ metric: 'cpu' }, 'p99', { end: T0 + DAYS * DAY_MS - 1, stepMs: DAY_MS });
    expect(answer.gaps).toEqual([...ofA, lost('srv_b', 0)]);
    expect(answer.rows).toHaveLength(2);
  });

  it('answers with what is here when there is no archive to ask', async () => {
    const { store, range, feed } = await setup({ wallMs: T0 + DAYS * DAY_MS });
    await feed(hours());
    await store.dropArchived(T0 + 3 * DAY_MS);
    const { points, gaps } = await range({ limit: 1000 });
    expect(points).toHaveLength(3 * 24);
    const lost = { targetId: 'srv_a', start: T0 - DAY_MS, end: T0 + 3 * DAY_MS - 1, reason: 'no-archive' };
    expect(gaps).toEqual([lost]);
    const tier = await range({ start: T0, stepMs: DAY_MS, agg: 'count', names: ['cpu'] });
    expect(tier.points.map(({ values }) => values.cpu)).toEqual(Array(DAYS).fill(24));
    expect(tier).not.toHaveProperty('gaps');
  });

  it('keeps tiers beyond the archive when samples there get too old as well', async () => {
    const { store, ask, clock } = await archived(setup);
    clock.jumpWall(60 * DAY_MS);
    await store.cleanUp(DEFAULT_POLICY);
    const sums = await ask({ metric: 'cpu' }, 'count', { stepMs: DAY_MS, end: T0 + DAYS * DAY_MS - 1 });
    expect([...sums.rows[0]!.values]).toEqual(Array(DAYS).fill(24));
  });
}
