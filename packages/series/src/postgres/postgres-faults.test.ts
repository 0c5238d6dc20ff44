import { StorageFault } from '@guardia/db/worker';
import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type ChunkStore,
  dayStart,
  type NewBlock,
  type NewChunk,
  type Rollup,
} from '../engine/chunk-store.ts';
import { outcome } from '../test/frames.ts';
import { openPostgresStore, type PostgresStoreOptions } from './postgres-store.ts';
import { CuttingProxy } from './test/cutting-proxy.ts';

const CELLS = Float64Array.of(1.234567890123, 2, 3);
const CELL_BYTES = new Uint8Array(CELLS.buffer);
const ALL_CHECKS = { targetId: 'svc_a', start: 0, end: 9e15, limit: 9 };

const block: NewBlock = {
  target: 1,
  day: 3,
  minT: dayStart(3),
  maxT: dayStart(3) + 5,
  samples: 7,
  data: Buffer.from('a block'),
};
const one = (value: number) => Float64Array.of(value);
const rollup: Rollup = {
  series: 1,
  tier: '5m',
  points: {
    starts: one(dayStart(3)),
    count: one(7),
    sum: one(0.1),
    min: one(-0),
    max: one(Number.POSITIVE_INFINITY),
    first: one(1e-300),
    last: one(1e300),
    increase: one(Number.NaN),
  },
};
const chunk: NewChunk = { tier: 'raw', series: 1, slot: 3, count: 7, data: Buffer.from('a chunk') };

describe.skipIf(postgresIsMissing())('sample storage on a PostgreSQL server that fails', () => {
  let cluster: PostgresCluster;
  const stops: (() => unknown)[] = [];
  let schemas = 0;
  beforeAll(async () => {
    cluster = await startPostgres();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  afterAll(() => cluster.stop());

  async function open(options: Partial<PostgresStoreOptions> = {}): Promise<ChunkStore> {
    const store = await openPostgresStore({ url: cluster.url, schema: `faults_${schemas++}`, ...options });
    stops.push(() => store.close());
    return store;
  }

  async function openThroughProxy() {
    const { proxy, url } = await CuttingProxy.start(cluster.url);
    stops.push(() => proxy.stop());
    const store = await open({ url });
    expect(await store.target('srv_a')).toBe(1);
    return { proxy, store };
  }

  const codeOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StorageFault);
    return (error as StorageFault).code;
  };
  const bytesOf = async (store: ChunkStore, tier: string) =>
    (await store.stats()).tiers.find((each) => each.tier === tier)!;

  it('refuses while the server is gone, and works at the first call once it is back', async () => {
    const store = await open();
    const first = await store.append(CELLS, []);
    await cluster.kill9();
    expect(await codeOf(store.append(CELLS, []) as Promise<number>)).toBe('DATABASE_UNREACHABLE');
    expect(await codeOf(store.log(0, 9) as Promise<unknown>)).toBe('DATABASE_UNREACHABLE');
    await cluster.restart();
    const second = await store.append(Float64Array.of(2), []);
    expect((await store.log(0, 9)).map(({ row }) => row)).toEqual([first, second]);
    await cluster.terminateConnections();
    expect(await store.log(first, 9)).toHaveLength(1);
    expect(await Promise.all(Array.from({ length: 20 }, () => store.log(0, 9)))).toHaveLength(20);
  });

  it('keeps every confirmed batch once while the server is killed again and again', async () => {
    const store = await open();
    const confirmed: number[] = [];
    for (let n = 0, restarted = Promise.resolve(); n < 60; n++) {
      if (n % 20 === 10) restarted = cluster.kill9().then(() => cluster.restart());
      const cells = Float64Array.of(n);
      const checks = n % 2 === 0 ? [outcome('svc_a', n)] : [];
      for (let stored = false; !stored; ) {
        try {
          confirmed.push(await store.append(cells, checks));
          stored = true;
        } catch (error) {
          expect((error as StorageFault).code).toBe('DATABASE_UNREACHABLE');
          await restarted;
        }
      }
      await restarted;
    }
    const rows = await store.log(0, 100);
    expect(rows.map(({ row }) => row)).toEqual(confirmed);
    expect(rows.map(({ cells }) => cells[0])).toEqual(Array.from({ length: 60 }, (_, n) => n));
    expect(await bytesOf(store, 'log')).toMatchObject({ rows: 60, bytes: 480 });
    expect((await store.stats()).checks).toBe(30);
  });

  describe.each([{ refuse: false }, { refuse: true }])(
    'when the answer to a commit is lost ($refuse)',
    (how) => {
      /** Makes the call; where connections are refused from the cut on, it fails, and is made again as the engine does. */
      async function twice(
        proxy: CuttingProxy,
        marker: string | Uint8Array,
        call: () => unknown,
      ): Promise<unknown> {
        proxy.loseAnswerTo(marker, how);
        if (how.refuse) expect(await codeOf(call() as Promise<unknown>)).toBe('DATABASE_UNREACHABLE');
        proxy.allow();
        const answer = await call();
        expect(proxy.hasCut).toBe(true);
        return answer;
      }

      it('appends once', async () => {
        const { proxy, store } = await openThroughProxy();
        const row = await twice(proxy, CELL_BYTES, () => store.append(CELLS, []));
        expect(await store.log(0, 9)).toEqual([{ row, cells: CELLS }]);
        expect(await bytesOf(store, 'log')).toMatchObject({ rows: 1, bytes: 24 });
      });

      it('appends cells and outcomes once', async () => {
        const { proxy, store } = await openThroughProxy();
        const row = await twice(proxy, 'commit', () => store.append(CELLS, [outcome('svc_a', 1)]));
        expect(await store.log(0, 9)).toEqual([{ row, cells: CELLS }]);
        expect(await store.checks(ALL_CHECKS)).toEqual([outcome('svc_a', 1)]);
        expect((await store.stats()).checks).toBe(1);
      });

      it('seals once', async () => {
        const { proxy, store } = await openThroughProxy();
        await twice(proxy, block.data, () => store.seal([block, block], [1], 5));
        expect(await store.blocks(1, dayStart(3), dayStart(4))).toHaveLength(2);
        expect((await store.load()).targets).toMatchObject([{ sealedRow: 5 }]);
        expect(await bytesOf(store, 'blocks')).toMatchObject({ rows: 2, points: 14, bytes: 14 });
      });

      it('merges and deletes once', async () => {
        const { proxy, store } = await openThroughProxy();
        await store.seal([block], [1], 5);
        const [sealed] = await store.blocks(1, dayStart(3), dayStart(4));
        const merge = { target: 1, day: 3, chunks: [chunk], blocks: [sealed!.no] };
        await twice(proxy, 'commit', () => store.merge(merge));
        expect(await bytesOf(store, 'blocks')).toMatchObject({ rows: 0, points: 0, bytes: 0 });
        expect(await bytesOf(store, 'raw')).toMatchObject({ rows: 1, points: 7, bytes: 7 });
        const all = { tier: 'raw', fromSlot: 0, slot: 9, keep: () => false, limit: 9, cursor: null } as const;
        await twice(proxy, 'commit', () => store.deleteChunks(all));
        expect(await bytesOf(store, 'raw')).toMatchObject({ rows: 0, points: 0, bytes: 0 });
      });

      it.each(['copy rollup_5m', 'PGCOPY', 'commit'])(
        'writes readable points once, cut at %s',
        async (marker) => {
          const { proxy, store } = await openThroughProxy();
          const merge = { target: 1, day: 3, chunks: [], blocks: [], rollups: [rollup] };
          await twice(proxy, marker, () => store.merge(merge));
          await store.merge(merge);
          const client = new Client(cluster.url);
          await client.connect();
          stops.push(() => client.end());
          const { rows } = await client.query(
            `select at, count, sum, increase from faults_${schemas - 1}.rollup_5m`,
          );
          expect(rows).toEqual([{ at: new Date(dayStart(3)), count: 7, sum: 0.1, increase: Number.NaN }]);
        },
      );
    },
  );

  it('stores another batch beside the one whose commit got no answer', async () => {
    const { proxy, store } = await openThroughProxy();
    proxy.loseAnswerTo(CELL_BYTES, { refuse: true });
    await codeOf(store.append(CELLS, []) as Promise<number>);
    proxy.allow();
    await store.append(Float64Array.of(9), []);
    expect((await store.log(0, 9)).map(({ cells }) => cells)).toEqual([CELLS, Float64Array.of(9)]);
  });

  it('lets the last process that opened a hub write, and no earlier one', async () => {
    const schema = `faults_${schemas++}`;
    const earlier = await open({ schema });
    const later = await open({ schema });
    await later.append(CELLS, []);
    const writes = [
      () => earlier.append(CELLS, []),
      () => earlier.append(CELLS, [outcome('svc_a', 1)]),
      () => earlier.trimLog(9, new Set()),
      () => earlier.seal([block], [1], 1),
      () => earlier.merge({ target: 1, day: 3, chunks: [chunk], blocks: [] }),
    ];
    for (const write of writes) expect(await codeOf(write() as Promise<unknown>)).toBe('DATABASE_IN_USE');
    expect(await later.log(0, 9)).toHaveLength(1);
    expect((await later.stats()).checks).toBe(0);
  });

  it('keeps logs, layouts and sealed rows of two hubs apart', async () => {
    const schema = `faults_${schemas++}`;
    const [rome, oslo] = [await open({ schema, hub: 'rome' }), await open({ schema, hub: 'oslo' })];
    const no = await rome.target('srv_a');
    expect(await oslo.target('srv_a')).toBe(no);
    const row = await rome.append(CELLS, []);
    await rome.seal([block], [no], row);
    const layout = await oslo.layout('0'.repeat(64), ['a']);
    await rome.trimLog(row, new Set([layout + 1]));
    await oslo.append(CELLS, []);
    expect([await rome.log(0, 9), await oslo.log(0, 9)].map((rows) => rows.length)).toEqual([0, 1]);
    const sealed = async (store: ChunkStore) => (await store.load()).targets[0]!.sealedRow;
    expect([await sealed(rome), await sealed(oslo)]).toEqual([row, 0]);
    expect(await oslo.layoutKeys(layout)).toEqual(['a']);
    expect(await bytesOf(oslo, 'log')).toMatchObject({ rows: 1, bytes: 24 });
  });

  it('says that it is closed', async () => {
    const store = await open();
    await store.close();
    await store.close();
    expect(await codeOf(store.log(0, 9) as Promise<unknown>)).toBe('DATABASE_CLOSED');
  });

  it('says what is wrong at the start, without the password', async () => {
    const url = new URL(cluster.url);
    url.password = 'not-the-password';
    const wrong = openPostgresStore({ url: url.href });
    expect(await codeOf(wrong)).toBe('DATABASE_REFUSED');
    await expect(wrong).rejects.not.toThrow(/not-the-password/);
    url.port = '1';
    expect(await codeOf(openPostgresStore({ url: url.href }))).toBe('DATABASE_UNREACHABLE');
    expect(await codeOf(openPostgresStore({ url: cluster.url, schema: 'a"b' }))).toBe('DATABASE_REFUSED');
  });
});
