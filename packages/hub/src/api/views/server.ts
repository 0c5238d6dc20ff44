// A server as the API shows it. Where the readings come from is for collection.
import type { ServerView } from '../../collect/public.ts';
import { formatTimeOrNull } from '../time.ts';
import { roundedMs } from './rounded.ts';

export function serverJson(server: ServerView) {
  return {
    server_id: server.alias,
    target_id: server.id,
    display_name: server.displayName,
    monitoring_status: server.monitoringStatus,
    health_status: server.health,
    last_seen: formatTimeOrNull(server.lastSeen),
    last_poll_success: formatTimeOrNull(server.lastPollSuccess),
    last_poll_error: server.lastPollError,
    last_poll_ms: roundedMs(server.lastPollMs),
    interval_ms: server.intervalMs,
    polls: server.polls,
    failed_polls: server.failedPolls,
    missed_polls: server.missedPolls,
    tags: server.tags,
    owner: server.owner,
    latest_metrics: server.latestMetrics(),
  };
}
