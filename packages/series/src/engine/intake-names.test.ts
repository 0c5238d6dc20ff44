import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../open-series.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { T0 } from '../test/frames.ts';
import type { PackedBatch } from '../worker/operations.ts';
import { Engine } from './engine.ts';

function batch(id: string, key: string, value: number, change: Partial<PackedBatch> = {}): PackedBatch {
  return {
    cells: Float64Array.of(0, T0, 0, value),
    length: 4,
    forget: true,
    newTargets: [{ ref: 0, id }],
    newLayouts: [{ ref: 0, sha256: key, keys: [key] }],
    checks: [],
    ...change,
  };
}

async function setup() {
  const store = await openSqliteStore(':memory:');
  const options = { policy: DEFAULT_POLICY, maxSeriesPerTarget: 10, notify: () => {}, pause: async () => {} };
  const engine = await Engine.open({ store, ...options });
  const valuesOf = async (targetId: string) =>
    (await engine.raw({ targetId, start: 0, end: 9e15 })).map(({ key, values }) => [key, ...values]);
  return { engine, valuesOf };
}

it('writes a batch by what its numbers meant when it was taken, however late', async () => {
  const { engine, valuesOf } = await setup();
  const late = batch('srv_a', 'x', 1);
  const taken = engine.take(late);
  late.cells.fill(9);
  await engine.write(engine.take(batch('srv_b', 'y', 2)), T0);
  await engine.write(taken, T0);
  expect([await valuesOf('srv_a'), await valuesOf('srv_b')]).toEqual([[['x', 1]], [['y', 2]]]);
  await engine.close();
});

it('explains a batch for another reader, and keeps the two senders apart', async () => {
  const { engine, valuesOf } = await setup();
  engine.take(batch('srv_a', 'x', 1));
  const next = batch('', '', 3, { forget: false, newTargets: [], newLayouts: [] });
  engine.take(next);
  const explained = engine.explained(next);
  expect(explained).toEqual(batch('srv_a', 'x', 3));
  await engine.write(engine.takeApart(batch('srv_b', 'y', 2)), T0);
  await engine.write(engine.take(next), T0);
  expect([await valuesOf('srv_a'), await valuesOf('srv_b')]).toEqual([[['x', 3]], [['y', 2]]]);
  await engine.close();
});
