// The contract of a check: one probe of a service, from here, now. Each kind is a folder and one line in registry.ts;
// when checks run and what their results amount to is for whoever runs them.
import type { LookupFunction } from 'node:net';
import type { CheckOutcome, EpochMs } from '@guardia/model';

/** What one check found; when and for which service is added by who ran it. */
export type CheckResult = Pick<
  CheckOutcome,
  'status' | 'responseTimeMs' | 'httpStatusCode' | 'sslExpiryDays' | 'errorMessage'
>;

/** The part of a clock that checks need; the kernel's clocks fit. */
export interface CheckClock {
  wall(): EpochMs;
  /** Milliseconds that never go back. */
  mono(): number;
  /** Calls once, later; the answer disarms it. */
  after(ms: number, call: () => void): () => void;
}

export interface CheckContext {
  readonly clock: CheckClock;
  /** Ends the check at once with `unknown`: nobody is left to hear of it. */
  readonly signal: AbortSignal;
  /** How names are looked up. @default this machine's resolver */
  readonly lookup?: LookupFunction;
}

/** One kind of check. */
export interface Check<Config> {
  /** Runs once, ends within the configuration's time-out. What the service does wrong is a result, and so are this
   *  machine's own failures (`unknown`); it never rejects. May run any number of times at once. */
  run(config: Config, context: CheckContext): Promise<CheckResult>;
}
