// What is known of one server in this run: its collector writes it, everyone else reads it as a ServerView.
import type { Clock } from '@guardia/kernel';
import type { AgentMetrics, EpochMs, ServerConfig, ServerHealth, TargetId } from '@guardia/model';
import type { ServerView } from './public.ts';

/** After how many intervals without data a server is stale. */
const STALE_INTERVALS = 3;

export class ServerRecord implements ServerView {
  readonly id: TargetId;
  readonly owner = 'file';
  readonly monitoringStatus = 'active';
  config: ServerConfig;
  /** As its collector last judged it. */
  judged: ServerHealth = 'unknown';
  lastSeen: EpochMs | null = null;
  lastPollSuccess: EpochMs | null = null;
  lastPollError: string | null = null;
  lastPollMs: number | null = null;
  polls = 0;
  failedPolls = 0;
  missedPolls = 0;
  /** The newest answer as it came; parsed again only when somebody asks. */
  latestBody: string | null = null;

  /** When data last came, on the monotonic clock; the beginning of the record until then. */
  dataAtMono: number;
  readonly #clock: Clock;

  constructor(id: TargetId, config: ServerConfig, clock: Clock) {
    this.id = id;
    this.config = config;
    this.#clock = clock;
    this.dataAtMono = clock.mono();
  }

  /** No data for three intervals. */
  get isStale(): boolean {
    return this.#clock.mono() - this.dataAtMono >= STALE_INTERVALS * this.config.intervalMs;
  }

  /** Up turns to stale by itself, so that it shows when even the collector has stopped. */
  get health(): ServerHealth {
    return this.judged === 'up' && this.isStale ? 'stale' : this.judged;
  }

  get alias(): string {
    return this.config.alias;
  }

  get displayName(): string {
    return this.config.displayName;
  }

  get tags(): readonly string[] {
    return this.config.tags;
  }

  get intervalMs(): number {
    return this.config.intervalMs;
  }

  latestMetrics(): AgentMetrics | null {
    return this.latestBody === null ? null : (JSON.parse(this.latestBody) as AgentMetrics);
  }
}
