// What other domains may know of collection: the servers, how each is doing, and a way to poll one now.
import type { AgentMetrics, EpochMs, ServerHealth, TargetId } from '@guardia/model';

/** A server as seen from outside its collector. Numbers are of this run of the hub. */
export interface ServerView {
  readonly id: TargetId;
  /** `ip:port`, an IPv6 address in brackets. */
  readonly alias: string;
  readonly displayName: string;
  readonly owner: 'file' | 'api';
  readonly tags: readonly string[];
  readonly monitoringStatus: 'active' | 'paused' | 'disabled';
  readonly intervalMs: number;
  readonly health: ServerHealth;
  /** When the newest frame was taken. */
  readonly lastSeen: EpochMs | null;
  readonly lastPollSuccess: EpochMs | null;
  /** Text of the last failed poll; null once a poll succeeds. Without secrets. */
  readonly lastPollError: string | null;
  /** How long the last answered poll took. */
  readonly lastPollMs: number | null;
  readonly polls: number;
  readonly failedPolls: number;
  /** Phases that passed without a poll, because the one before had not ended. */
  readonly missedPolls: number;
  /** What the agent last said; null before the first answer. */
  latestMetrics(): AgentMetrics | null;
}

export interface PollResult {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly error: string | null;
}

export interface Servers {
  list(): readonly ServerView[];
  /** By internal id or by alias. */
  find(idOrAlias: string): ServerView | undefined;
  /** Polls at once, or joins the poll that is under way. */
  pollNow(id: TargetId): Promise<PollResult>;
}
