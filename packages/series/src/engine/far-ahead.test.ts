// A frame of a clock that was years ahead: it hides nothing of today, and is found by who asks for its time. Clocks of the
// hub itself that jump are left to the tests of the whole store.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Batch, Refs } from '../batch.ts';
import { DEFAULT_POLICY } from '../open-series.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { DAY_MS, frameAt, T0 } from '../test/frames.ts';
import type { ChunkStore } from './chunk-store.ts';
import { Engine, type QueryContext } from './engine.ts';

const CONTEXT: QueryContext = { now: T0, cancelled: () => false };
const YEAR_MS = 365 * DAY_MS;

async function setup() {
  const db = openSqliteStore(':memory:');
  let reads = 0;
  const store: ChunkStore = {
    ...db,
    chunks(...where) {
      reads++;
      return db.chunks(...where);
    },
  };
  const options = { policy: DEFAULT_POLICY, maxSeriesPerTarget: 10, notify: () => undefined };
  const engine = await Engine.open({ store, ...options, pause: nextTurn });
  const batch = new Batch(new Float64Array(64), true);
  const refs = new Refs();
  for (const [at, cpu] of [
    [T0 - 2 * DAY_MS, 1],
    [T0, 2],
    [T0 + 400 * YEAR_MS, 3],
    [T0 + 1200 * YEAR_MS, 4],
  ] as const) {
    batch.addFrame(frameAt('srv_a', at, { cpu }), refs);
  }
  await engine.write(engine.take(batch.pack()), T0);
  return { engine, reads: () => reads };
}

it('is not the newest sample of now', async () => {
  const { engine } = await setup();
  expect(await engine.newest({}, 10, CONTEXT)).toMatchObject([{ at: T0, value: 2 }]);
  await engine.close();
});

it('is read with the latest frames, in few steps over the years between', async () => {
  const { engine, reads } = await setup();
  const query = { targetId: 'srv_a', start: 0, end: Number.MAX_SAFE_INTEGER, limit: 10 };
  const answer = await engine.range(query, [], CONTEXT);
  if (!('cells' in answer)) throw new Error('it needs the archive');
  const { cells, length } = answer;
  const values = Array.from(cells.subarray(0, length)).filter((_, i) => i % 3 === 2);
  expect(values).toEqual([4, 3, 2, 1]);
  expect(reads()).toBeLessThan(50);
  await engine.close();
});
