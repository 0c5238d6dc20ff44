// Sample storage as metrics: what comes in, how much is stored in which tier, how far behind writing is. Counting is for
// the series package.
import type { CleanUp, SeriesStats } from '@guardia/series';
import { counter, type Family, gauge, known, type Sample } from './exposition.ts';

export function storageFamilies(stats: SeriesStats, now: number): Family[] {
  return [...writingFamilies(stats, now), ...storedFamilies(stats), ...cleanUpFamilies(stats.lastCleanUp)];
}

function writingFamilies(stats: SeriesStats, now: number): Family[] {
  const sinceFlush = stats.lastFlushAt === null ? null : Math.max(0, (now - stats.lastFlushAt) / 1_000);
  const flushSeconds = stats.lastFlushMs === null ? null : stats.lastFlushMs / 1_000;
  return [
    counter('guardia_frames_accepted_total', 'Frames taken for storage.', stats.framesAccepted),
    counter('guardia_frames_written_total', 'Frames written to storage.', stats.framesWritten),
    counter('guardia_samples_written_total', 'Samples written to storage.', stats.samplesWritten),
    counter(
      'guardia_samples_refused_total',
      'Samples left out: of series beyond the limit of their target, or older than what is kept.',
      stats.samplesRefused,
    ),
    gauge('guardia_frames_pending', 'Frames taken and not yet written.', stats.pendingFrames),
    gauge(
      'guardia_storage_lag_seconds',
      'Age of the oldest frame that is not written.',
      stats.flushLagMs / 1_000,
    ),
    gauge(
      'guardia_storage_stuck',
      'Whether writing is stuck or goes to the spool: 1 until it gets through.',
      stats.lastError === null ? 0 : 1,
    ),
    gauge(
      'guardia_spool_bytes',
      'Bytes on disk that wait for the database to answer again.',
      stats.spoolBytes,
    ),
    known('guardia_flush_lag_seconds', 'Time since the last flush of samples.', sinceFlush),
    known('guardia_flush_duration_seconds', 'How long the last flush of samples took.', flushSeconds),
    counter('guardia_storage_merges_total', 'Days of a target brought into their final form.', stats.merges),
  ];
}

function storedFamilies(stats: SeriesStats): Family[] {
  const tiers = Object.entries(stats.tiers);
  const each = (value: (size: (typeof tiers)[number][1]) => number): Sample[] =>
    tiers.map(([tier, size]) => ({ labels: { tier }, value: value(size) }));
  return [
    gauge('guardia_series', 'Series that are stored.', stats.series),
    gauge('guardia_series_file_bytes', 'Size of the database of samples.', stats.fileBytes),
    family(
      'guardia_stored_bytes',
      'Bytes of samples by tier, without the overhead of the database.',
      each(({ bytes }) => bytes),
    ),
    family(
      'guardia_stored_points',
      'Samples and points by tier.',
      each(({ points }) => points),
    ),
    known('guardia_bytes_per_sample', 'Bytes that a raw sample takes.', stats.bytesPerSample),
    gauge('guardia_open_samples', 'Samples in memory and in the log, not yet packed.', stats.openSamples),
    gauge('guardia_corrupt_chunks', 'Stored chunks that are known to be damaged.', stats.corruptChunks),
    {
      name: 'guardia_chunk_cache_total',
      type: 'counter',
      help: 'Chunks that queries found in memory (hit) and those that they read (miss).',
      samples: [
        { labels: { result: 'hit' }, value: stats.cacheHits },
        { labels: { result: 'miss' }, value: stats.cacheMisses },
      ],
    },
  ];
}

function cleanUpFamilies(cleanUp: CleanUp | null): Family[] {
  if (cleanUp === null) return [];
  const deleted = Object.entries(cleanUp.deleted).map(([tier, { points }]) => ({
    labels: { tier },
    value: points,
  }));
  return [
    gauge('guardia_clean_up_timestamp_seconds', 'When old samples were last deleted.', cleanUp.at / 1_000),
    gauge('guardia_clean_up_duration_seconds', 'How long that took.', cleanUp.durationMs / 1_000),
    family('guardia_clean_up_deleted_points', 'Samples and points that it deleted, by tier.', deleted),
  ];
}

function family(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples };
}
