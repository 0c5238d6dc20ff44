// What is known of one server in this run, as a ServerView. What every polled target has is left to TargetRecord.
import type { AgentMetrics, ServerConfig } from '@guardia/model';
import type { ServerView } from './public.ts';
import { TargetRecord } from './target-record.ts';

export class ServerRecord extends TargetRecord<ServerConfig> implements ServerView {
  readonly monitoringStatus = 'active';
  /** The newest answer as it came; parsed again only when somebody asks. */
  latestBody: string | null = null;

  get alias(): string {
    return this.config.alias;
  }

  get displayName(): string {
    return this.config.displayName;
  }

  get tags(): readonly string[] {
    return this.config.tags;
  }

  latestMetrics(): AgentMetrics | null {
    return this.latestBody === null ? null : (JSON.parse(this.latestBody) as AgentMetrics);
  }
}
