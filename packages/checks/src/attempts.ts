// Attempts of one check within one time-out. What an attempt does, and what its failure means, is for each check.
import type { CheckContext, CheckResult } from './check.ts';
import { Deadline } from './deadline.ts';
import { failedResult } from './reading.ts';

/** Between attempts: what fails for a moment, such as a restart, fails again at once. */
const RETRY_PAUSE_MS = 500;

interface Bounds {
  readonly timeoutMs: number;
  readonly retries: number;
}

/** Attempts until the service answers, be it DEGRADED, or until attempts or time are used up.
 *  @returns what the last attempt found, or the one before when the last found nothing out in what time was left */
export async function withRetries(
  { timeoutMs, retries }: Bounds,
  context: CheckContext,
  attempt: (deadline: Deadline) => Promise<CheckResult>,
): Promise<CheckResult> {
  const deadline = new Deadline(timeoutMs, context);
  let before: CheckResult | null = null;
  try {
    for (let retriesLeft = retries; ; retriesLeft -= 1) {
      const result = stronger(await ended(attempt(deadline), deadline, context), before, deadline);
      before = result;
      const answers = result.status === 'up' || result.status === 'degraded';
      if (answers || retriesLeft <= 0 || deadline.over) return result;
      await pause(deadline, context);
      if (deadline.over) return result;
    }
  } finally {
    deadline.release();
  }
}

/** A retry with little time left may not even get to look the name up: that unsays no failure that was found. */
function stronger(result: CheckResult, before: CheckResult | null, deadline: Deadline): CheckResult {
  const foundNothing = deadline.over && !deadline.stopped && result.status === 'unknown';
  return foundNothing && before?.status === 'down' ? before : result;
}

/** How long after the time is up an attempt may take to end. */
const END_MS = 2_000;

/** Ends what doesn't end by itself, or its service would never be checked again. */
async function ended(
  attempt: Promise<CheckResult>,
  { signal, over }: Deadline,
  { clock }: CheckContext,
): Promise<CheckResult> {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  let disarm = () => {};
  const errorMessage = `the check did not end within ${END_MS} ms after its time was up`;
  const arm = () => {
    disarm = clock.after(END_MS, () => resolve(failedResult({ status: 'unknown', errorMessage })));
  };
  signal.addEventListener('abort', arm);
  if (over) arm();
  try {
    return await Promise.race([attempt, promise]);
  } finally {
    signal.removeEventListener('abort', arm);
    disarm();
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
