// Closing in the middle of long work: it ends between two slices, and the rest is done after the next start. How long a
// slice may last is left to the benchmarks.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Batch, Refs } from '../batch.ts';
import { DEFAULT_POLICY } from '../open-series.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { DAY_MS, T0 } from '../test/frames.ts';
import { Engine } from './engine.ts';

it('ends a clean-up after its slice, and nothing begins any more', async () => {
  const store = { ...openSqliteStore(':memory:'), close: () => undefined };
  let pausing = nextTurn as () => Promise<void>;
  const options = { policy: DEFAULT_POLICY, maxSeriesPerTarget: 1000, notify: () => undefined };
  const engine = await Engine.open({ store, ...options, pause: () => pausing() });
  const keys = Array.from({ length: 1000 }, (_, n) => `m${n}`);
  const batch = new Batch(new Float64Array(64), true);
  batch.addFrame({ targetId: 'srv_a', at: T0, layout: { keys }, values: new Float64Array(1000) }, new Refs());
  await engine.write(engine.take(batch.pack()), T0);
  const now = T0 + 60 * DAY_MS;
  await engine.settle(now);
  let closed: Promise<void> | undefined;
  pausing = async () => {
    closed ??= engine.close();
    await nextTurn();
  };
  await expect(engine.cleanUp(DEFAULT_POLICY, now)).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
  await closed;
  expect(store.stats().tiers.find(({ tier }) => tier === 'raw')!.rows).toBe(800);
  await expect(engine.dropArchived(now)).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
});
