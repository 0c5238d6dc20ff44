// When a delivery that failed is tried again, and when it no longer is. What the far side said is told by the
// notifier; what is stored of it by delivery-queue.ts.

/** How often one delivery is tried before it is dead: with the waits below that takes more than two hours on average, so
 *  that a far side which is away for one is told everything. */
export const MAX_ATTEMPTS = 36;

const BASE_MS = 1_000;
const CAP_MS = 600_000;

export interface RetryInput {
  /** Attempts made so far, 1 or more. */
  readonly attempts: number;
  /** The wait that the far side asked for, in milliseconds; it is a minimum. */
  readonly afterMs: number | null;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Milliseconds until the next attempt: `random() * min(cap, base * 2^attempts)`, base 1 s, cap 10 min, and not less
 *  than `afterMs`. Exponential back-off with full jitter, from the AWS architecture blog, "Exponential Backoff And
 *  Jitter" (2015). */
export function retryDelayMs({ attempts, afterMs, random }: RetryInput): number {
  const jittered = random() * Math.min(CAP_MS, BASE_MS * 2 ** attempts);
  return Math.ceil(Math.max(jittered, afterMs ?? 0));
}
