// The time-out of what names none. What is asked within it is for whoever polls, scrapes or checks.

const TIMEOUT_MS = 10_000;
/** Leaves a fifth of a short interval for what follows the answer. */
const TIMEOUT_SHARE = 0.8;

export function defaultTimeoutMs(intervalMs: number): number {
  return Math.min(TIMEOUT_MS, Math.floor(intervalMs * TIMEOUT_SHARE));
}
