// The series package: sample storage and check history behind one contract (store.ts). Frames are packed into batches
// on the main thread at the cost of one copy, written by a worker thread to a SQLite file of their own, and read back
// as ranges, buckets, newest frames, check outcomes and uptime. Retention's times and what to do when storage fails
// are left to the hub.
export { HistoryNotKept, SeriesUnavailable } from './errors.ts';
export { openSeries, type SeriesOptions } from './open-series.ts';
export type {
  CheckQuery,
  CleanUp,
  FramePoint,
  RangeAnswer,
  RangeQuery,
  SeriesStats,
  SeriesStore,
  Uptime,
  UptimeQuery,
} from './store.ts';
export type { SeriesLog } from './write-queue.ts';
