// An entry of the time line as the API shows it, with the name of its target. What entries there are is the timeline
// domain's.
import type { TimelineEntry } from '../../timeline/public.ts';
import type { ApiDeps } from '../deps.ts';
import { formatTime } from '../time.ts';

export function entryJson(entry: TimelineEntry, { servers, exporters, services }: ApiDeps) {
  const id = entry.targetId;
  const server = id === null ? undefined : servers.find(id);
  const name = id === null ? undefined : (exporters.find(id) ?? services.find(id))?.name;
  return {
    seq: entry.seq,
    timestamp: formatTime(entry.at),
    type: entry.type,
    level: entry.level,
    target_id: id,
    target_name: server?.displayName ?? name ?? null,
    summary: entry.summary,
    alert_id: entry.alertId,
    silence_id: entry.silenceId,
  };
}
