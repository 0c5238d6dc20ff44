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

interface State extends StorageKeeperArgs {
  retention: Retention;
  /** Wall time minus monotonic time at the last clean-up. */
  offsetMs: number;
}

/** A wall clock that went forward by more than this between two clean-ups may be wrong. */
const SUSPICIOUS_JUMP_MS = 86_400_000;

export const storageKeeper: ActorDef<StorageProtocol, State, StorageKeeperArgs> = {
  kind: 'storage',
  init(ctx, args) {
    ctx.timers.every(args.retention.cleanupIntervalMs, { type: 'CleanUp' }, { offsetMs: 0, key: 'clean-up' });
    return { ...args, offsetMs: offsetOf(args.clock) };
  },
  on: {
    async CleanUp(_message, state) {
      if (hasJumped(state)) {
        state.log(
          {},
          'the wall clock went forward by more than a day: nothing is deleted before the next clean-up',
        );
        return;
      }
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

/** Whether the wall clock went forward since the last clean-up. A wrong year would delete all history; whoever sees the
 *  jump has until the next clean-up to put it right. */
function hasJumped(state: State): boolean {
  const offsetMs = offsetOf(state.clock);
  const jumpMs = offsetMs - state.offsetMs;
  state.offsetMs = offsetMs;
  return jumpMs > SUSPICIOUS_JUMP_MS;
}

function offsetOf(clock: Clock): number {
  return clock.wall() - clock.mono();
}

async function cleanUp({ series, clock, retention, prune, log }: StorageKeeperArgs): Promise<void> {
  const before = clock.wall() - retention.retentionMs;
  const done = await series.cleanUp(before);
  await prune(before);
  log({ ...done }, 'clean-up done');
}
