// The contract of a check: one probe of a service, from here, now. Each type is a folder and one line in registry.ts;
// when checks run and what their results amount to is for whoever runs them.
import type { LookupFunction } from 'node:net';
import type { CheckOutcome, CheckSpec, EpochMs, SampleKey } from '@guardia/model';

/** What one check found; when and for which service is added by who ran it. Plain data: it crosses the network. */
export interface CheckResult
  extends Pick<
    CheckOutcome,
    'status' | 'responseTimeMs' | 'httpStatusCode' | 'sslExpiryDays' | 'errorMessage'
  > {
  /** What alone makes it DEGRADED: a certificate near its end, or an expectation that isn't met (slowness is one), which
   *  outweighs the certificate. Null unless the status is `degraded`. */
  readonly degradedBy: 'certificate' | 'expectation' | null;
  /** What was measured beside, under the names of blackbox_exporter, with its labels:
   *  `probe_http_duration_seconds{phase="connect"}`. `probe_success` and `probe_duration_seconds` are added by who runs
   *  the check. */
  readonly readings: Readonly<Record<SampleKey, number>>;
}

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

/** One type of check. */
export interface Check<Spec extends CheckSpec> {
  /** Runs once, ends within the spec's time-out. What the service does wrong is a result, and so are this machine's own
   *  failures (`unknown`); it never rejects. May run any number of times at once. */
  run(spec: Spec, context: CheckContext): Promise<CheckResult>;
}
