// The storage actor: deletes what is older than its retention, at start and on an interval, and fails when a
// database fails for good. The databases themselves are opened and closed by the hub.
import type { ActorDef, Clock } from '@guardia/kernel';
import { type EpochMs, GuardiaError } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';

/** What the storage actor understands. */
export interface StorageProtocol {
  CleanUp: object;
  /** A database can't go on. */
  StorageFailed: { readonly error: Error };
  /** The next clean-up comes after the new interval. */
  UpdateRetention: Retention;
}

/** How long raw samples and check history are kept, and how often that is looked at. */
export interface Retention {
  readonly retentionMs: number;
  readonly cleanupIntervalMs: number;
}

export interface StorageKeeperArgs {
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly retention: Retention;
  /** Deletes old alerts and deliveries. */
  prune(before: EpochMs): Promise<void>;
  log(fields: object, message: string): void;
}

export const storageKeeper: ActorDef<
  StorageProtocol,
  StorageKeeperArgs & { retention: Retention },
  StorageKeeperArgs
> = {
  kind: 'storage',
  init(ctx, args) {
    ctx.timers.every(args.retention.cleanupIntervalMs, { type: 'CleanUp' }, { offsetMs: 0, key: 'clean-up' });
    return { ...args };
  },
  on: {
    async CleanUp(_message, state) {
      try {
        await cleanUp(state);
      } catch (error) {
        // a full disk passes, and a database that failed for good says so itself: neither ends the hub from here
        if (!(error instanceof GuardiaError)) throw error;
        state.log({ err: error }, 'clean-up failed; the next one tries again');
      }
    },
    StorageFailed({ error }) {
      throw error;
    },
    UpdateRetention({ retentionMs, cleanupIntervalMs }, state, ctx) {
      state.retention = { retentionMs, cleanupIntervalMs };
      ctx.timers.every(cleanupIntervalMs, { type: 'CleanUp' }, { key: 'clean-up' });
    },
  },
};

async function cleanUp({ series, clock, retention, prune, log }: StorageKeeperArgs): Promise<void> {
  const before = clock.wall() - retention.retentionMs;
  const done = await series.cleanUp(before);
  await prune(before);
  log({ ...done }, 'clean-up done');
}
