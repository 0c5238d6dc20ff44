// The storage actor: archives and deletes what is old enough, at start and on an interval, and fails when a
// database fails for good. The databases themselves are opened and closed by the hub.
import type { ActorDef, Clock } from '@guardia/kernel';
import { type EpochMs, GuardiaError, type RetentionConfig } from '@guardia/model';
import type { RetentionPolicy, SeriesStore } from '@guardia/series';

/** What the storage actor understands. */
export interface StorageProtocol {
  CleanUp: object;
  /** A database can't go on. */
  StorageFailed: { readonly error: Error };
  /** The next clean-up comes after the new interval. */
  UpdateRetention: Retention;
}

/** How long samples and check history are kept, and how often that is looked at. */
export interface Retention {
  readonly retention: RetentionConfig;
  readonly cleanupIntervalMs: number;
}

/** Moves raw samples to where they are kept for ever. */
export interface Archiver {
  /** Moves every whole day that is old enough; interrupted, the next run goes on. */
  run(signal: AbortSignal): Promise<void>;
}

export interface StorageKeeperArgs {
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly retention: Retention;
  /** Null: raw samples are deleted, not archived. */
  readonly archiver: Archiver | null;
  /** Deletes old alerts and deliveries. */
  prune(before: EpochMs): Promise<void>;
  log(fields: object, message: string): void;
}

interface State extends StorageKeeperArgs {
  retention: Retention;
  /** Wall time minus monotonic time at the last clean-up. */
  offsetMs: number;
  readonly ending: AbortController;
}

/** A wall clock that went forward by more than this between two clean-ups may be wrong. */
const SUSPICIOUS_JUMP_MS = 86_400_000;

export const storageKeeper: ActorDef<StorageProtocol, State, StorageKeeperArgs> = {
  kind: 'storage',
  init(ctx, args) {
    ctx.timers.every(args.retention.cleanupIntervalMs, { type: 'CleanUp' }, { offsetMs: 0, key: 'clean-up' });
    return { ...args, offsetMs: offsetOf(args.clock), ending: new AbortController() };
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
    UpdateRetention({ retention, cleanupIntervalMs }, state, ctx) {
      state.retention = { retention, cleanupIntervalMs };
      ctx.timers.every(cleanupIntervalMs, { type: 'CleanUp' }, { key: 'clean-up' });
    },
  },
  terminate(_reason, state) {
    state.ending.abort();
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

async function cleanUp(state: State): Promise<void> {
  const { series, clock, retention, archiver, ending, prune, log } = state;
  await archiver?.run(ending.signal);
  if (ending.signal.aborted) return;
  const policy: RetentionPolicy = retention.retention;
  const rawMs = archiver === null ? policy.rawMs : await unarchivedMs(state, policy.rawMs);
  const done = await series.cleanUp({ ...policy, rawMs });
  await prune(clock.wall() - policy.rawMs);
  log({ ...done }, 'clean-up done');
}

/** Raw samples that the archive doesn't have yet are kept, however old they are. */
async function unarchivedMs({ series, clock }: State, rawMs: number): Promise<number> {
  const until = await series.archivedUntil();
  return until === null ? Number.MAX_SAFE_INTEGER : Math.max(rawMs, clock.wall() - until);
}
