// The archive as metrics: how much is in it, how far behind it is, what the last run moved. Counting is for the hub's archiver.
import type { ArchiveRun, ArchiveStats } from '../deps.ts';
import { type Family, gauge, known } from './exposition.ts';

export function archiveFamilies({
  files,
  bytes,
  until,
  daysWaiting,
  problem,
  lastRun,
}: ArchiveStats): Family[] {
  return [
    known('guardia_archive_files', 'Files in the archive.', files),
    known('guardia_archive_bytes', 'Size of the files in the archive.', bytes),
    known(
      'guardia_archive_until_timestamp_seconds',
      'Up to when raw samples have left the database.',
      until && until / 1_000,
    ),
    known(
      'guardia_archive_days_waiting',
      'Days that are old enough for the archive and still in the database.',
      daysWaiting,
    ),
    gauge(
      'guardia_archive_stuck',
      'Whether something keeps samples from the archive.',
      problem === null ? 0 : 1,
    ),
    ...(lastRun === null ? [] : runFamilies(lastRun)),
  ];
}

function runFamilies({ at, durationMs, files, samples, bytes }: ArchiveRun): Family[] {
  return [
    gauge(
      'guardia_archive_run_timestamp_seconds',
      'When samples were last moved to the archive.',
      at / 1_000,
    ),
    gauge('guardia_archive_run_duration_seconds', 'How long that took.', durationMs / 1_000),
    gauge('guardia_archive_run_files', 'Files that it wrote.', files),
    gauge('guardia_archive_run_samples', 'Samples that it moved.', samples),
    gauge('guardia_archive_run_bytes', 'Size of the files that it wrote.', bytes),
  ];
}
