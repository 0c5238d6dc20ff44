// Sample storage in numbers, as the API shows it. Counting is for the series package.
import type { SeriesStats } from '@guardia/series';
import type { ArchiveStats } from '../deps.ts';
import { formatTimeOrNull } from '../time.ts';
import { rounded, roundedMs } from './rounded.ts';

/** @param archive undefined: there is none */
export function storageJson(stats: SeriesStats, archive: ArchiveStats | undefined) {
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
    archive: archive === undefined ? null : archiveJson(archive),
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

function archiveJson({ files, bytes, until, daysWaiting, problem, lastRun }: ArchiveStats) {
  return {
    files,
    bytes,
    archived_until: formatTimeOrNull(until),
    days_waiting: daysWaiting,
    problem,
    last_run: lastRun && {
      at: formatTimeOrNull(lastRun.at),
      duration_ms: roundedMs(lastRun.durationMs),
      files: lastRun.files,
      samples: lastRun.samples,
      bytes: lastRun.bytes,
    },
  };
}
