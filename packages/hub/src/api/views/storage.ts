// Sample storage in numbers, as the API shows it. Counting is for the series package.
import type { SeriesStats } from '@guardia/series';
import { formatTimeOrNull } from '../time.ts';
import { rounded, roundedMs } from './rounded.ts';

export function storageJson(stats: SeriesStats) {
  return {
    backend: stats.backend,
    frames_accepted: stats.framesAccepted,
    frames_written: stats.framesWritten,
    frames_pending: stats.pendingFrames,
    frames_open: stats.openFrames,
    samples_written: stats.samplesWritten,
    samples_open: stats.openSamples,
    samples_refused: stats.samplesRefused,
    series: stats.series,
    checks_stored: stats.checksStored,
    file_bytes: stats.fileBytes,
    bytes_per_sample: rounded(stats.bytesPerSample, 3),
    tiers: stats.tiers,
    flushes: stats.flushes,
    flush_lag_ms: roundedMs(stats.flushLagMs),
    last_flush_at: formatTimeOrNull(stats.lastFlushAt),
    last_flush_ms: roundedMs(stats.lastFlushMs),
    last_error: stats.lastError,
    spool_bytes: stats.spoolBytes,
    spool_oldest_at: formatTimeOrNull(stats.spoolOldestAt),
    seals: stats.seals,
    merges: stats.merges,
    corrupt_chunks: stats.corruptChunks,
    cache_hits: stats.cacheHits,
    cache_misses: stats.cacheMisses,
    last_clean_up: cleanUpJson(stats.lastCleanUp),
  };
}

function cleanUpJson(cleanUp: SeriesStats['lastCleanUp']) {
  if (cleanUp === null) return null;
  return {
    at: formatTimeOrNull(cleanUp.at),
    duration_ms: roundedMs(cleanUp.durationMs),
    deleted: cleanUp.deleted,
    checks_deleted: cleanUp.checksDeleted,
    series_deleted: cleanUp.seriesDeleted,
  };
}
