// Writing while much waits to be merged, as after a night of downtime. How long one merge takes is left to the benchmarks.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Batch, Refs } from '../batch.ts';
import { DEFAULT_POLICY } from '../open-series.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { DAY_MS, frameAt, T0 } from '../test/frames.ts';
import type { ChunkStore } from './chunk-store.ts';
import { Engine } from './engine.ts';

it('makes a batch wait for one merge, and not for all that are due', async () => {
  const db = openSqliteStore(':memory:');
  const gate = Promise.withResolvers<void>();
  let merges = 0;
  const store: ChunkStore = {
    ...db,
    merge: async (merge) => {
      if (merges++ > 0) await gate.promise;
      db.merge(merge);
    },
  };
  const options = {
    policy: DEFAULT_POLICY,
    maxSeriesPerTarget: 100,
    notify: () => undefined,
    pause: nextTurn,
  };
  const engine = await Engine.open({ store, ...options });
  const batch = new Batch(new Float64Array(64), true);
  const refs = new Refs();
  for (let n = 0; n < 50 * 40; n++) batch.addFrame(frameAt(`srv_${n % 40}`, T0 + n, { cpu: n }), refs);
  await engine.write(engine.take(batch.pack()), T0);
  // What the write itself looked for ends first.
  await nextTurn();
  engine.hint();
  engine.maintain(T0 + 2 * DAY_MS);
  await engine.room();
  expect(merges).toBe(1);
  gate.resolve();
  await engine.close();
});
