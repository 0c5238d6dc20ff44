// Tries a write again while the database is locked or out of reach, for as long as that takes. What waits meanwhile, and
// who is told, is left to whoever writes.
import { DatabaseError, type DatabaseErrorCode } from '@guardia/db';
import type { Clock } from '@guardia/kernel';

export interface PatienceDeps {
  readonly clock: Clock;
  /** Ends the waiting: the last error is then thrown. */
  readonly signal: AbortSignal;
  /** Whether the write changes nothing when it was stored before: then an answer that was lost is waited out as well. */
  readonly isRepeatable: boolean;
  /** Called with each error that is waited out. @default nobody hears of it */
  readonly failed?: (error: DatabaseError) => void;
}

/** What passes by itself; nothing was stored. */
const PASSING: readonly DatabaseErrorCode[] = ['DATABASE_BUSY', 'DATABASE_UNREACHABLE'];
/** With an answer that was lost: it isn't known whether anything was stored. */
const PASSING_OR_LOST: readonly DatabaseErrorCode[] = [...PASSING, 'COMMIT_UNKNOWN'];
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/** @throws what doesn't pass by itself, and the last error when it is ended */
export async function patiently<T>(
  write: () => Promise<T>,
  { clock, signal, isRepeatable, failed }: PatienceDeps,
): Promise<T> {
  const passing = isRepeatable ? PASSING_OR_LOST : PASSING;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof DatabaseError && passing.includes(error.code)) || signal.aborted) throw error;
      failed?.(error);
      await pause(waitMs, clock, signal);
      if (signal.aborted) throw error;
    }
  }
}

function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
