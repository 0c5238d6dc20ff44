// The storage actor: archives and deletes what is old enough, at start and on an interval, and fails when a
// database fails for good. The databases themselves are opened and closed by the hub.
import type { ActorDef, Clock } from '@guardia/kernel';
import { type EpochMs, GuardiaError, type RetentionConfig, type TargetId } from '@guardia/model';
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
  /** Moves every whole day that is old enough; interrupted, the next run goes on.
   *  @throws {GuardiaError} what kept it from that: a full disk, no library */
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
  /** As `log`, for what a person should look at. */
  warn(fields: object, message: string): void;
}

interface State extends StorageKeeperArgs {
  retention: Retention;
  readonly startedAt: EpochMs;
  /** With samples from before the start. */
  readonly targetsBefore: Promise<readonly TargetId[]>;
  /** Wall time minus monotonic time at the last clean-up; null before the first. */
  offsetMs: number | null;
}

const DAY_MS = 86_400_000;

/** A wall clock that went forward by more than this between two clean-ups may be wrong. */
const SUSPICIOUS_JUMP_MS = DAY_MS;
/** So may one that starts this long after the newest sample. */
const SUSPICIOUS_SILENCE_MS = 2 * DAY_MS;

export const storageKeeper: ActorDef<StorageProtocol, State, StorageKeeperArgs> = {
  kind: 'storage',
  init(ctx, args) {
    ctx.timers.every(args.retention.cleanupIntervalMs, { type: 'CleanUp' }, { offsetMs: 0, key: 'clean-up' });
    const targetsBefore = args.series.targets();
    // The clean-up that waits for it tells.
    targetsBefore.catch(() => undefined);
    return { ...args, startedAt: args.clock.wall(), targetsBefore, offsetMs: null };
  },
  on: {
    async CleanUp(_message, state, ctx) {
      try {
        const doubt = await doubtOf(state, ctx.signal);
        if (ctx.signal.aborted) return;
        if (doubt === null) await cleanUp(state, ctx.signal);
        else state.warn({}, `${doubt}: nothing is archived or deleted before the next clean-up`);
      } catch (error) {
        // a full disk passes, and a database that failed for good says so itself: neither ends the hub from here
        if (!(error instanceof GuardiaError)) throw error;
        state.warn({ err: error }, 'clean-up failed; the next one tries again');
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
};

/** Why the wall clock may be ahead, or null. A wrong year would delete all history; whoever sees it has until the next
 *  clean-up to put it right. */
async function doubtOf(state: State, signal: AbortSignal): Promise<string | null> {
  const before = state.offsetMs;
  state.offsetMs = offsetOf(state.clock);
  if (before === null) {
    return (await wasSilent(state, signal))
      ? 'no sample is of the two days before the start, so the hub was off for long or the wall clock is wrong'
      : null;
  }
  const hasJumped = state.offsetMs - before > SUSPICIOUS_JUMP_MS;
  return hasJumped ? 'the wall clock went forward by more than a day' : null;
}

/** Whether there are samples from before the start, but none of the last days. */
async function wasSilent({ series, startedAt, targetsBefore }: State, signal: AbortSignal): Promise<boolean> {
  const targets = await targetsBefore;
  const last = { start: startedAt - SUSPICIOUS_SILENCE_MS, end: startedAt - 1, limit: 1 };
  for (const targetId of targets) {
    if (signal.aborted || (await series.range({ targetId, ...last })).points.length > 0) return false;
  }
  return targets.length > 0;
}

function offsetOf(clock: Clock): number {
  return clock.wall() - clock.mono();
}

async function cleanUp(state: State, signal: AbortSignal): Promise<void> {
  const { series, clock, retention, archiver, prune, log } = state;
  if (archiver !== null) await archive(archiver, { signal, warn: state.warn });
  if (signal.aborted) return;
  const policy: RetentionPolicy = retention.retention;
  const done = await series.cleanUp(archiver === null ? policy : await archivedOnly(policy, state));
  await prune(clock.wall() - policy.rawMs);
  log({ ...done }, 'clean-up done');
}

/** Without the archive the clean-up goes on all the same: everything but raw samples would else fill the disk too. */
async function archive(
  archiver: Archiver,
  { signal, warn }: Pick<State, 'warn'> & { signal: AbortSignal },
): Promise<void> {
  try {
    await archiver.run(signal);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof GuardiaError)) throw error;
    warn(
      { err: error },
      `archiving failed; raw samples stay in the database, and the next clean-up tries again: ${error.message}`,
    );
  }
}

/** The policy as it deletes only raw samples that the archive has, however old others are and whatever a rule says. What
 *  an archive holds that was written by a clock ahead of this one is unknown: nothing is deleted then. */
async function archivedOnly(
  policy: RetentionPolicy,
  { series, clock }: Pick<State, 'series' | 'clock'>,
): Promise<RetentionPolicy> {
  const until = await series.archivedUntil();
  const now = clock.wall();
  // Whole days: an age that changed with each clean-up would have it look at everything anew.
  const leastMs =
    until === null || until > now ? Number.MAX_SAFE_INTEGER : Math.ceil((now - until) / DAY_MS) * DAY_MS;
  const rules = policy.rules.map((rule) =>
    rule.rawMs === undefined ? rule : { ...rule, rawMs: Math.max(rule.rawMs, leastMs) },
  );
  return { ...policy, rawMs: Math.max(policy.rawMs, leastMs), rules };
}
