// When servers were last seen before this start, by what is stored of them. What is seen since is noted by their collectors.
import type { EpochMs, TargetId } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';

/** A sample of nearly every answer. */
const METRIC = 'cpu.usage';

interface Seen {
  readonly id: TargetId;
  lastSeen: EpochMs | null;
}

/** Notes it where nothing is noted yet: of those with an answer of the last seven days.
 *  @throws what storage does that can't be read */
export async function recallLastSeen(
  servers: readonly Seen[],
  series: Pick<SeriesStore, 'newest'>,
): Promise<void> {
  const byId = new Map(servers.map((server) => [server.id, server]));
  if (byId.size === 0) return;
  for (const { targetId, at } of await series.newest(
    { metric: METRIC, targets: [...byId.keys()] },
    byId.size,
  ))
    byId.get(targetId)!.lastSeen ??= at;
}
