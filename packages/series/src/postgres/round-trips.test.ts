import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import type { SeriesQuery } from '@guardia/model';
import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { dayOf } from '../engine/chunk-store.ts';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import { openInline } from '../test/inline-link.ts';
import { openPostgresStore } from './postgres-store.ts';

const TARGETS = Array.from({ length: 300 }, (_, n) => `srv_${n}`);

describe.skipIf(postgresIsMissing())('round trips to PostgreSQL', () => {
  let cluster: PostgresCluster;
  let databases = 0;
  const folder = mkdtempSync(join(tmpdir(), 'guardia-spools-'));
  const stops: (() => unknown)[] = [];
  beforeAll(async () => {
    cluster = await startPostgres();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  async function setup(now: number) {
    const name = `trips${databases++}`;
    const place = {
      backend: 'postgres' as const,
      url: await cluster.createDatabase(name),
      spoolPath: join(folder, name),
      spoolMaxBytes: 1024 ** 3,
    };
    const settings = { clock: new TestClock({ wallMs: now }), maxPendingFrames: 100_000 };
    const open = async () => {
      const store = await openInline(place, settings);
      stops.push(() => store.close());
      return store;
    };
    const memory = await openInline({ backend: 'memory', path: ':memory:' }, settings);
    stops.push(() => memory.close());
    return { store: await open(), memory, open };
  }

  /** What work answers, and how many statements it sent. */
  async function counted<T>(work: () => Promise<T>) {
    const sent = vi.spyOn(Client.prototype, 'query');
    const answer = await work();
    const statements = sent.mock.calls.length;
    sent.mockRestore();
    return { answer, statements };
  }

  const queryOf = (metric: string, range: Omit<SeriesQuery, 'node'>): SeriesQuery => ({
    node: { type: 'series', selector: { metric }, agg: 'last' },
    ...range,
  });

  it('are a few for an hour of 300 targets, raw or from a tier', async () => {
    const { store, memory } = await setup(T0 + 2 * HOUR_MS);
    for (let at = T0; at < T0 + 2 * HOUR_MS; at += 2 * MINUTE_MS) {
      for (const [n, id] of TARGETS.entries()) {
        for (const each of [store, memory]) await each.append(frameAt(id, at, { load: n, used: at / 1000 }));
      }
    }
    await Promise.all([store.flush(), memory.flush()]);
    for (const [stepMs, most] of [
      [MINUTE_MS, 9],
      [5 * MINUTE_MS, 13],
    ] as const) {
      const query = queryOf('*', { start: T0 + HOUR_MS, end: T0 + 2 * HOUR_MS - 1, stepMs });
      const { answer, statements } = await counted(() => store.query(query));
      expect(answer).toEqual(await memory.query(query));
      expect(answer.rows).toHaveLength(600);
      expect(statements, `${stepMs}`).toBeLessThanOrEqual(most);
    }
  });

  it('are a few for 30 days of ten series', async () => {
    const { store, memory } = await setup(T0 + 30 * DAY_MS);
    const keys = Array.from({ length: 10 }, (_, i) => `m${i}`);
    for (let at = T0; at < T0 + 30 * DAY_MS; at += HOUR_MS) {
      const frame = frameAt('srv_0', at, Object.fromEntries(keys.map((key, i) => [key, at / HOUR_MS + i])));
      for (const each of [store, memory]) await each.append(frame);
    }
    await Promise.all([store.settle(), memory.settle()]);
    const query = queryOf('*', { start: T0, end: T0 + 30 * DAY_MS - 1, stepMs: 7 * MINUTE_MS });
    const { answer, statements } = await counted(() => store.query(query));
    expect(answer).toEqual(await memory.query(query));
    expect(statements).toBeLessThanOrEqual(3);
  });

  it('are a few for the newest values of 300 targets that are only stored', async () => {
    const { store, memory, open } = await setup(T0 + HOUR_MS);
    for (const each of [store, memory]) {
      for (const [n, id] of TARGETS.entries())
        await each.append(frameAt(id, T0 - (n % 2) * HOUR_MS, { load: n }));
      await each.settle();
    }
    await store.close();
    const again = await open();
    const { answer, statements } = await counted(() => again.newest({ metric: 'load' }));
    expect(answer).toEqual(await memory.newest({ metric: 'load' }));
    expect(answer).toHaveLength(300);
    expect(statements).toBeLessThanOrEqual(7);
  });

  it('answers for many at once what it answers one by one', async () => {
    const store = await openPostgresStore({ url: cluster.url });
    stops.push(() => store.close());
    const day = dayOf(T0);
    const data = (n: number) => Uint8Array.of(n);
    const times = { minT: T0, maxT: T0 + 1000, samples: 1 };
    const blocks = [3, 1, 2, 3, 1].map((target, n) => ({ target, day, ...times, data: data(n) }));
    await store.seal(blocks, [1, 2, 3], 1);
    const chunks = [0, 1, 2, 3].flatMap((slot) =>
      [5, 6, 7].map((series) => ({ tier: 'raw' as const, series, slot, count: 1, data: data(slot) })),
    );
    await store.merge({ target: 1, day, chunks, blocks: [] });
    const blocksOf = await store.blocksOf!([1, 3, 9], T0, T0);
    expect(blocksOf.filter(({ target }) => target === 1)).toEqual(await store.blocks(1, T0, T0));
    expect(blocksOf.filter(({ target }) => target === 3)).toEqual(await store.blocks(3, T0, T0));
    expect(blocksOf).toHaveLength(4);
    const chunksOf = await store.chunksOf!('raw', [7, 5, 9], 1, 2);
    expect(chunksOf.filter(({ series }) => series === 5)).toEqual(await store.chunks('raw', 5, 1, 2));
    expect(chunksOf.map(({ series }) => series).sort()).toEqual([5, 5, 7, 7]);
    expect(await store.chunksOf!('raw', [], 1, 2)).toEqual([]);
  });
});
