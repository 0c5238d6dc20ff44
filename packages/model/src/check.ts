// What one check of a service found. Checks produce it, series keep its history, alerts read its status.
import type { EpochMs, TargetId } from './ids.ts';

/** DEGRADED answers but not as expected; UNKNOWN is the monitor's own failure and says nothing of the service. */
export type CheckStatus = 'up' | 'degraded' | 'down' | 'unknown';

/** The location of what the outcomes of several locations at one time amount to; no location is called so. */
export const COMBINED_LOCATION = 'quorum';

/** The outcome of one check. */
export interface CheckOutcome {
  readonly targetId: TargetId;
  /** When the check was due on its fixed phase. */
  readonly at: EpochMs;
  readonly status: CheckStatus;
  /** From the start of the request to the end of the answer's headers; null when no answer came. */
  readonly responseTimeMs: number | null;
  readonly httpStatusCode: number | null;
  /** Whole days until the first certificate ends of the chain that was sent; negative when it has; null without TLS. */
  readonly sslExpiryDays: number | null;
  /** What was expected and what came; null when up. */
  readonly errorMessage: string | null;
  /** From where it was checked: `hub`, the name of a vantage point, or {@link COMBINED_LOCATION}. */
  readonly location: string;
  /** How late the check began, measured from `at`. */
  readonly latenessMs: number;
}
