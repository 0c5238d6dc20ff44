// Sample storage in numbers, as the API shows it. Counting is for the series package.
import type { SeriesStats } from '@guardia/series';
import { formatTimeOrNull } from '../time.ts';

export function storageJson(stats: SeriesStats) {
  const cleanUp = stats.lastCleanUp;
  return {
    backend: stats.backend,
    frames_accepted: stats.framesAccepted,
    frames_written: stats.framesWritten,
    frames_stored: stats.framesStored,
    frames_pending: stats.pendingFrames,
    checks_stored: stats.checksStored,
    samples_written: stats.samplesWritten,
    file_bytes: stats.fileBytes,
    flushes: stats.flushes,
    last_flush_at: formatTimeOrNull(stats.lastFlushAt),
    last_flush_ms: stats.lastFlushMs,
    last_error: stats.lastError,
    oldest_frame_at: formatTimeOrNull(stats.oldestFrameAt),
    last_clean_up:
      cleanUp === null
        ? null
        : {
            at: formatTimeOrNull(cleanUp.at),
            frames_deleted: cleanUp.framesDeleted,
            checks_deleted: cleanUp.checksDeleted,
            duration_ms: cleanUp.durationMs,
          },
  };
}
