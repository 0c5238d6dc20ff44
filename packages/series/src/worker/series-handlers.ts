// What the worker of sample storage does when asked: it owns the one engine. Collecting batches, trying again and
// unpacking answers are left to the main thread (worker-series.ts).
import { setImmediate as nextTurn } from 'node:timers/promises';
import { faultOf, Handed, type Handlers, StorageFault } from '@guardia/db/worker';
import type { Clock } from '@guardia/kernel';
import type { EpochMs } from '@guardia/model';
import type { ChunkStore } from '../engine/chunk-store.ts';
import { Engine, type QueryContext } from '../engine/engine.ts';
import { PASSING } from '../engine/passing.ts';
import type { SpooledWrites } from '../spool/spooled-writes.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { Notices } from './notices.ts';
import type { SeriesOperations, StoreLocation, WriteAnswer } from './operations.ts';
import { orRefusal, type Refusal } from './refusal.ts';

/** The handlers of one store.
 *  @param clock for what is tried again by itself; the system's when absent */
export function seriesHandlers(clock?: Clock): Handlers<SeriesOperations> {
  let opened: Engine | undefined;
  /** With a database that may be out of reach. */
  let spooled: SpooledWrites | undefined;
  const notices = new Notices();
  const cancelled = new Set<number>();
  const running = new Set<number>();
  const engine = () => {
    if (opened === undefined) throw new StorageFault('DATABASE_CLOSED', 'it is not open');
    return opened;
  };
  /** Runs a question that may be cancelled by its number. */
  const asking = async <T>(
    { id, now }: { id: number; now: number },
    ask: (context: QueryContext) => Promise<T>,
  ): Promise<T | Refusal> => {
    running.add(id);
    try {
      return await orRefusal(ask({ now, cancelled: () => cancelled.has(id) }));
    } finally {
      running.delete(id);
      cancelled.delete(id);
    }
  };
  return {
    async open({ location, policy, maxSeriesPerTarget, now }) {
      const store = await openStore(location);
      try {
        const notify = notices.add.bind(notices);
        opened = await Engine.open({ store, policy, maxSeriesPerTarget, notify, pause: nextTurn });
        await opened.keep(policy, now);
        opened.maintain(now);
        spooled = await openSpool(location, { engine: opened, notify, now, clock });
      } catch (error) {
        await store.close();
        throw error;
      }
      return undefined;
    },
    async write({ batch, now }) {
      const { cells } = batch;
      const answer: WriteAnswer = { cells, ...(await tryWrite()), notices: notices.take(now) };
      return new Handed(answer, [cells.buffer]);

      async function tryWrite(): Promise<Pick<WriteAnswer, 'fault' | 'outage'>> {
        if (spooled !== undefined) return spooled.write(batch, now);
        try {
          await engine().write(engine().take(batch), now);
          await engine().room();
          return {};
        } catch (error) {
          const fault = faultOf(error);
          if (!PASSING.has(fault.code)) throw error;
          return { fault };
        }
      }
    },
    async range({ query, supplied, ...question }) {
      const points = await asking(question, (context) => engine().range(query, supplied, context));
      return 'cells' in points ? new Handed(points, [points.cells.buffer]) : points;
    },
    async query({ query, limits, supplied, ...question }) {
      const answer = await asking(question, (context) =>
        engine().query(query, { limits, supplied }, context),
      );
      if (!('rows' in answer)) return answer;
      const cells = new Float64Array(answer.rows.length * answer.steps);
      for (const [i, row] of answer.rows.entries()) cells.set(row.values, i * answer.steps);
      const { rows, ...rest } = answer;
      return new Handed({ ...rest, labels: rows.map(({ labels }) => labels), cells }, [cells.buffer]);
    },
    cancel({ id }) {
      if (running.has(id)) cancelled.add(id);
      return undefined;
    },
    find: ({ selector, limit }) => orRefusal(engine().find(selector, limit)),
    newest: ({ selector, limit, ...question }) =>
      asking(question, (context) => engine().newest(selector, limit, context)),
    async raw({ query, now }) {
      const columns = await engine().raw(query);
      return new Handed(
        { columns, notices: notices.take(now) },
        columns.flatMap(({ times, values }) => [times.buffer as ArrayBuffer, values.buffer as ArrayBuffer]),
      );
    },
    targets: () => engine().targets(),
    archivedUntil: () => engine().archivedUntil(),
    async dropArchived({ until }) {
      await engine().dropArchived(until);
      return undefined;
    },
    async maintain({ now, policy }) {
      await engine().keep(policy, now);
      engine().hint();
      engine().maintain(now);
      return notices.take(now);
    },
    async settle({ now }) {
      await engine().settle(now);
      return undefined;
    },
    checks: (query) => engine().checks(query),
    uptime: (query) => engine().uptime(query),
    cleanUp: ({ policy, now }) => engine().cleanUp(policy, now),
    stats: async () =>
      (await spooled?.stats()) ?? { ...(await engine().stats()), spoolBytes: 0, spoolOldestAt: null },
    async close() {
      await spooled?.close();
      await opened?.close();
      return undefined;
    },
  };
}

async function openStore(location: StoreLocation): Promise<ChunkStore> {
  if (location.backend !== 'postgres') return openSqliteStore(location.path);
  // Loaded only where it is used: its library is a third of the worker.
  const { openPostgresStore } = await import('../postgres/postgres-store.ts');
  return openPostgresStore({ url: location.url });
}

async function openSpool(
  location: StoreLocation,
  options: { engine: Engine; notify: Notices['add']; now: EpochMs; clock: Clock | undefined },
): Promise<SpooledWrites | undefined> {
  if (location.backend !== 'postgres') return undefined;
  const [{ Spool }, { SpooledWrites }] = await Promise.all([
    import('../spool/spool.ts'),
    import('../spool/spooled-writes.ts'),
  ]);
  const { engine, notify, now, clock } = options;
  const spool = new Spool({ folder: location.spoolPath, maxBytes: location.spoolMaxBytes, notify });
  return SpooledWrites.start({ engine, spool, clock }, now);
}
