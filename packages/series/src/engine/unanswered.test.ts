// Calls of a database that did their work and lost their answer: what the engine doesn't know of must neither keep it from
// opening nor be forgotten. Connections that are really cut are left to the tests of PostgreSQL.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageFault } from '@guardia/db/worker';
import type { Frame } from '@guardia/model';
import { expect, it } from 'vitest';
import { Batch, Refs } from '../batch.ts';
import { DEFAULT_POLICY } from '../open-series.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { DAY_MS, frameAt, T0 } from '../test/frames.ts';
import type { PackedBatch } from '../worker/operations.ts';
import type { ChunkStore } from './chunk-store.ts';
import { Engine } from './engine.ts';

const NOW = T0 + 2 * DAY_MS;

function packed(...frames: Frame[]): PackedBatch {
  const batch = new Batch(new Float64Array(64), true);
  const refs = new Refs();
  for (const frame of frames) batch.addFrame(frame, refs);
  return batch.pack();
}

async function openEngine(store: ChunkStore): Promise<Engine> {
  const options = {
    policy: DEFAULT_POLICY,
    maxSeriesPerTarget: 100,
    notify: () => undefined,
    pause: nextTurn,
  };
  const engine = await Engine.open({ store, ...options });
  await engine.keep(DEFAULT_POLICY, NOW);
  return engine;
}

const lost = () => new StorageFault('DATABASE_UNREACHABLE', 'the answer was lost');

it('opens again when a batch is in the log that it never knew to be there', async () => {
  const db = openSqliteStore(':memory:');
  let answers: ((row: number) => number) | undefined;
  const store: ChunkStore = {
    ...db,
    append: (cells, checks) => {
      const row = db.append(cells, checks);
      return answers === undefined ? row : answers(row);
    },
  };
  const engine = await openEngine(store);
  await engine.write(engine.take(packed(frameAt('srv_a', NOW, { a: 1 }))), NOW);
  answers = () => {
    throw lost();
  };
  const second = engine.takeApart(packed(frameAt('srv_b', NOW, { b: 1 })));
  await expect(engine.write(second, NOW)).rejects.toThrow('lost');
  const third = engine.take(packed(frameAt('srv_c', NOW, { c: 1 })));
  await expect(engine.write(third, NOW)).rejects.toThrow('lost');
  await engine.settle(NOW);
  answers = undefined;
  const again = await openEngine(store);
  const [column] = await again.raw({ targetId: 'srv_b', start: 0, end: NOW });
  expect([...column!.values]).toEqual([1]);
});

it('merges what is sealed meanwhile, also when a seal before got no answer', async () => {
  const db = openSqliteStore(':memory:');
  let seals = 0;
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const store: ChunkStore = {
    ...db,
    seal: (blocks, targets, row) => {
      db.seal(blocks, targets, row);
      if (seals++ === 0) throw lost();
    },
    chunksAt: async (...slot) => {
      reached.resolve();
      await gate.promise;
      return db.chunksAt(...slot);
    },
  };
  const engine = await openEngine(store);
  await engine.write(engine.take(packed(frameAt('srv_a', T0, { a: 1 }))), NOW);
  await expect(engine.settle(NOW)).rejects.toThrow('lost');
  const settled = engine.settle(NOW);
  await reached.promise;
  const late = Array.from({ length: 60 }, (_, n) => frameAt('srv_a', T0 + 1000 + n, { a: 1 }));
  await engine.write(engine.take(packed(...late)), NOW);
  gate.resolve();
  await settled;
  const node = { type: 'series', selector: { metric: 'a' }, agg: 'count' } as const;
  const answer = await engine.query(
    { node, start: T0, end: T0 + DAY_MS - 1, stepMs: DAY_MS },
    { limits: { maxSeries: 9, maxPoints: 9 }, supplied: [] },
    { now: NOW, cancelled: () => false },
  );
  expect(answer).toMatchObject({ tier: '1h', rows: [{ values: Float64Array.of(61) }] });
});
