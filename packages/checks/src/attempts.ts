// Attempts of one check within one time-out. What an attempt does, and what its failure means, is for each check.
import type { CheckContext, CheckResult } from './check.ts';
import { Deadline } from './deadline.ts';

/** Between attempts: what fails for a moment, such as a restart, fails again at once. */
const RETRY_PAUSE_MS = 500;

interface Bounds {
  readonly timeoutMs: number;
  readonly retries: number;
}

/** Attempts until the service answers, be it DEGRADED, or until attempts or time are used up.
 *  @returns what the last attempt found */
export async function withRetries(
  { timeoutMs, retries }: Bounds,
  context: CheckContext,
  attempt: (deadline: Deadline) => Promise<CheckResult>,
): Promise<CheckResult> {
  const deadline = new Deadline(timeoutMs, context);
  try {
    for (let retriesLeft = retries; ; retriesLeft -= 1) {
      const result = await attempt(deadline);
      const answers = result.status === 'up' || result.status === 'degraded';
      if (answers || retriesLeft <= 0 || deadline.over) return result;
      await pause(deadline, context);
      if (deadline.over) return result;
    }
  } finally {
    deadline.release();
  }
}

function pause(deadline: Deadline, { clock }: CheckContext): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      disarm();
      deadline.signal.removeEventListener('abort', done);
      resolve();
    };
    const disarm = clock.after(RETRY_PAUSE_MS, done);
    deadline.signal.addEventListener('abort', done);
  });
}
