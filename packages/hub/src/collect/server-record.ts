// What is known of one server in this run: its collector writes it, everyone else reads it as a ServerView.
import type { AgentMetrics, EpochMs, ServerConfig, ServerHealth, TargetId } from '@guardia/model';
import type { ServerView } from './public.ts';

/** After how many intervals without data a server is stale. */
export const STALE_INTERVALS = 3;

export class ServerRecord implements ServerView {
  readonly id: TargetId;
  readonly owner = 'file';
  readonly monitoringStatus = 'active';
  config: ServerConfig;
  health: ServerHealth = 'unknown';
  lastSeen: EpochMs | null = null;
  lastPollSuccess: EpochMs | null = null;
  lastPollError: string | null = null;
  lastPollMs: number | null = null;
  polls = 0;
  failedPolls = 0;
  missedPolls = 0;
  /** The newest answer as it came; parsed again only when somebody asks. */
  latestBody: string | null = null;

  constructor(id: TargetId, config: ServerConfig) {
    this.id = id;
    this.config = config;
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
