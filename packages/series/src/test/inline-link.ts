// A worker without a thread: the same handlers, asked in this thread, so that a test sees what they do line by line.
import { DatabaseError, type Link } from '@guardia/db';
import { faultOf, Handed, type Handlers, type Operations } from '@guardia/db/worker';
import { DEFAULT_POLICY, type SeriesSettings } from '../open-series.ts';
import type { SeriesStore } from '../store.ts';
import type { StoreLocation } from '../worker/operations.ts';
import { seriesHandlers } from '../worker/series-handlers.ts';
import { openSeriesOn } from '../worker-series.ts';

/** Copies what crosses, as threads do, and names failures as a WorkerLink does. */
export function inlineLink<O extends Operations>(handlers: Handlers<O>, path: string): Link<O> {
  let closed = false;
  const ask: Link<O>['request'] = async (operation, payload, handed = []) => {
    if (closed)
      throw new DatabaseError(path, { code: 'DATABASE_CLOSED', message: 'it is closed', sqliteCode: null });
    const copy = structuredClone(payload, { transfer: handed });
    await undefined;
    try {
      const answer = await handlers[operation](copy);
      return answer instanceof Handed ? answer.value : answer;
    } catch (error) {
      throw new DatabaseError(path, faultOf(error));
    }
  };
  return {
    request: ask,
    onFailure: () => undefined,
    async close() {
      if (!closed) await ask('close', undefined);
      closed = true;
    },
  };
}

/** Sample storage whose engine runs in this thread. */
export function openInline(location: StoreLocation, settings: SeriesSettings): Promise<SeriesStore> {
  const defaults = { policy: DEFAULT_POLICY, maxSeriesPerTarget: 20_000, batchFrames: 100, batchMs: 5000 };
  return openSeriesOn(inlineLink(seriesHandlers(), 'inline'), {
    location,
    ...defaults,
    maxPendingFrames: 2000,
    ...settings,
  });
}
