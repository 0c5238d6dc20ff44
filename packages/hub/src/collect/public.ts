// What other domains may know of collection: servers and exporters, how each is doing, and a way to poll one now.
import type { AgentMetrics, EpochMs, ServerHealth, TargetId } from '@guardia/model';

/** A polled target as seen from outside its collector. Numbers are of this run of the hub. */
export interface TargetView {
  readonly id: TargetId;
  readonly owner: 'file' | 'api';
  readonly intervalMs: number;
  readonly health: ServerHealth;
  /** Time of the newest frame; of a server that didn't answer in this run, of the newest that was stored before. */
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
}

export interface ServerView extends TargetView {
  /** `ip:port`, an IPv6 address in brackets. */
  readonly alias: string;
  readonly displayName: string;
  readonly tags: readonly string[];
  readonly monitoringStatus: 'active' | 'paused' | 'disabled';
  /** What the agent last said; null before the first answer. */
  latestMetrics(): AgentMetrics | null;
}

export interface ExporterView extends TargetView {
  readonly name: string;
  /** Without credentials: user, password, and values of parameters that may hold a secret. */
  readonly url: string;
  /** In the last exposition that could be read; null before the first one. */
  readonly samples: number | null;
}

export interface PollResult {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly error: string | null;
}

/** Targets of one kind. */
export interface Targets<View extends TargetView> {
  list(): readonly View[];
  /** By internal id or by alias: `ip:port` of a server, name of an exporter. */
  find(idOrAlias: string): View | undefined;
  /** Polls at once, or joins the poll that is under way. */
  pollNow(id: TargetId): Promise<PollResult>;
}

export type Servers = Targets<ServerView>;
export type Exporters = Targets<ExporterView>;
