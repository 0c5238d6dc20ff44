// Puts the statistics of the write queue and of the worker together. Counting is left to both.
import type { CleanUp, SeriesStats, TierSize } from './store.ts';
import type { WorkerStats } from './worker/operations.ts';
import type { WriteQueue } from './write-queue.ts';

const NOTHING: TierSize = { rows: 0, points: 0, bytes: 0 };

export function statsOf(
  backend: SeriesStats['backend'],
  stored: WorkerStats,
  queue: WriteQueue,
  lastCleanUp: CleanUp | null,
): SeriesStats {
  const { tiers: rows, checks, ...rest } = stored;
  const sizes = new Map(rows.map(({ tier, ...size }) => [tier, size]));
  const tier = (name: keyof SeriesStats['tiers']): TierSize => sizes.get(name) ?? NOTHING;
  const [blocks, raw] = [tier('blocks'), tier('raw')];
  const samples = blocks.points + raw.points;
  return {
    backend,
    ...rest,
    checksStored: checks,
    tiers: { log: tier('log'), blocks, raw, '1m': tier('1m'), '5m': tier('5m'), '1h': tier('1h') },
    bytesPerSample: samples === 0 ? null : (blocks.bytes + raw.bytes) / samples,
    framesAccepted: queue.framesAccepted,
    framesWritten: queue.framesWritten,
    samplesWritten: queue.samplesWritten,
    flushes: queue.flushes,
    pendingFrames: queue.pending,
    lastFlushAt: queue.lastFlushAt,
    lastFlushMs: queue.lastFlushMs,
    flushLagMs: queue.lagMs,
    lastCleanUp,
    lastError: queue.lastError,
  };
}
