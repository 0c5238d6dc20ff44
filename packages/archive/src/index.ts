// The archive package: raw samples that left the store, as Parquet files that any tool reads, and the export of history to
// Parquet or CSV. Running the job and telling people about damaged files is left to the hub.
export { openArchive } from './archive.ts';
export { type ArchiveJobOptions, type ArchiveProgress, archiveJob } from './archive-job.ts';
export type {
  Archive,
  ArchiveSize,
  ArchivedFile,
  ArchiveNotice,
  ArchiveOptions,
  Verified,
  Written,
} from './contract.ts';
export { ArchiveUnavailable, ArchiveWriteFailed, ExportRefused } from './errors.ts';
export { csvSink } from './export/csv-sink.ts';
export {
  type ExportProgress,
  type ExportSink,
  type ExportTarget,
  exportHistory,
} from './export/export-history.ts';
export { parquetSink } from './export/parquet-sink.ts';
export { daysWaiting } from './days-waiting.ts';
export type { Partition, Slot } from './slot.ts';
