// Where a collector gets its frames from: an agent or an exporter, asked once at a time. When to ask, and what a failure
// amounts to, is left to the collector.
import type { EpochMs, Frame, HubEvent } from '@guardia/model';
import type { Pending } from './http/exchange.ts';

/** Made anew for each life of a collector. */
export interface Source<Config> {
  /** The kind of event that tells of the target's health. */
  readonly event: Extract<HubEvent['type'], 'server' | 'exporter'>;
  /** Asks for what is there at `at`. The reading rejects with Unanswered or BadAnswer. */
  poll(config: Config, at: EpochMs): Pending<readonly Frame[]>;
  /** What is stored of a poll that failed; null: nothing. */
  down(at: EpochMs, durationMs: number): Frame | null;
}
