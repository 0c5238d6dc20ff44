// Frames and outcomes for tests: numbered, so that what comes back can be compared. Where they are stored is left to the
// tests.
import type { CheckOutcome, EpochMs, Frame, FrameLayout } from '@guardia/model';

/** A midnight in UTC. */
export const T0 = 1_767_225_600_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const LAYOUT: FrameLayout = {
  keys: ['cpu.usage_percent', 'disk.used_bytes{mount="/"}', 'disk.used_bytes{mount="/srv"}'],
};

/** The n-th frame of a target, one a second, whose first value is n. */
export function frame(
  targetId: string,
  n: number,
  values: readonly number[] = [n, n * 10, n * 100],
  layout = LAYOUT,
): Frame {
  return { targetId, at: T0 + n * 1000, layout, values: Float64Array.from(values) };
}

/** A frame of named values. */
export function frameAt(targetId: string, at: EpochMs, values: Readonly<Record<string, number>>): Frame {
  return {
    targetId,
    at,
    layout: { keys: Object.keys(values) },
    values: Float64Array.from(Object.values(values)),
  };
}

/** The n-th outcome of a service, one a minute. */
export function outcome(targetId: string, n: number, change: Partial<CheckOutcome> = {}): CheckOutcome {
  return {
    targetId,
    at: T0 + n * 60_000,
    status: 'up',
    responseTimeMs: 12.5,
    httpStatusCode: 200,
    sslExpiryDays: 80,
    errorMessage: null,
    location: 'hub',
    latenessMs: 0.25,
    ...change,
  };
}
