// The series package: sample storage and check history behind one contract (store.ts). Frames are packed into batches
// on the main thread at the cost of one copy, written by a worker thread to a SQLite file of their own, and read back
// as ranges, queries over series, newest samples, check outcomes and uptime. Retention's times and what to do when storage fails
// are left to the hub.
export { HistoryNotKept, SeriesUnavailable } from './errors.ts';
export { DEFAULT_POLICY, openSeries, type SeriesOptions, type SeriesSettings } from './open-series.ts';
export { QueryCancelled, QueryRefused } from './query/errors.ts';
export { evaluate, type SeriesNode, seriesNodes } from './query/evaluate.ts';
export { SERIES_MIGRATIONS } from './sqlite/schema.ts';
export type {
  ArchiveReader,
  ArchiveReadOptions,
  CheckQuery,
  CleanUp,
  FoundSeries,
  FramePoint,
  NewestSample,
  QueryLimits,
  RangeAnswer,
  RangeQuery,
  RawColumn,
  RawQuery,
  RetentionPolicy,
  SeriesNotice,
  SeriesStats,
  SeriesStore,
  StoredQuery,
  TierSize,
  TimeSpan,
  Uptime,
  UptimeQuery,
} from './store.ts';
export type { SeriesLog } from './write-queue.ts';
