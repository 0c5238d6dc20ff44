// What is known of one polled target in this run: its collector writes it, everyone else reads it through a view. What a
// kind of target has beside that is left to the records that build on this one.
import type { Clock } from '@guardia/kernel';
import type { EpochMs, ServerHealth, TargetId } from '@guardia/model';
import type { TargetView } from './public.ts';

/** After how many intervals without data a target is stale. */
const STALE_INTERVALS = 3;

/** What every polled target is configured with. */
export interface PollConfig {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export abstract class TargetRecord<Config extends PollConfig> implements TargetView {
  readonly id: TargetId;
  readonly owner = 'file';
  config: Config;
  /** As its collector last judged it. */
  judged: ServerHealth = 'unknown';
  lastSeen: EpochMs | null = null;
  lastPollSuccess: EpochMs | null = null;
  lastPollError: string | null = null;
  lastPollMs: number | null = null;
  polls = 0;
  failedPolls = 0;
  missedPolls = 0;

  /** The time of the newest poll: no two in a row have the same. */
  lastAt: EpochMs | null = null;
  /** When data last came, on the monotonic clock; the beginning of the record until then. */
  dataAtMono: number;
  readonly #clock: Clock;

  constructor(id: TargetId, config: Config, clock: Clock) {
    this.id = id;
    this.config = config;
    this.#clock = clock;
    this.dataAtMono = clock.mono();
  }

  /** The name by which people ask for it, beside the id. */
  abstract get alias(): string;

  /** No data for three intervals. */
  get isStale(): boolean {
    return this.#clock.mono() - this.dataAtMono >= STALE_INTERVALS * this.config.intervalMs;
  }

  /** Up turns to stale by itself, so that it shows when even the collector has stopped. */
  get health(): ServerHealth {
    return this.judged === 'up' && this.isStale ? 'stale' : this.judged;
  }

  get intervalMs(): number {
    return this.config.intervalMs;
  }
}
