// Takes raw samples out of store and archive day by day and hands them to a sink. What a sink makes of them is left to
// csv-sink.ts and parquet-sink.ts, what people see of it to the command line.
import { type EpochMs, metricName, type SampleKey, type TargetId } from '@guardia/model';
import type { RawColumn, RawQuery, SeriesStore } from '@guardia/series';
import { MAX_SERIES } from '../archive-job.ts';
import { batchesOf } from '../batches.ts';
import { joinColumns } from '../columns.ts';
import { addWritten, type Archive, type Batches, NOTHING_WRITTEN, type Written } from '../contract.ts';
import { oldestDay } from '../oldest-day.ts';
import { DAY_MS, midnight, type Slot, slotsOfDay } from '../slot.ts';

export interface ExportTarget {
  readonly id: TargetId;
  /** What people call it. */
  readonly name: string;
}

/** Takes one target and day after another; ended by `finish` or `abandon`, once. */
export interface ExportSink {
  write(target: ExportTarget, slot: Slot, batches: Batches): Promise<Written>;
  /** Everything was written. */
  finish(): Promise<void>;
  /** Leaves nothing half done under the name that was asked for. */
  abandon(): Promise<void>;
}

export interface ExportOptions {
  readonly store: Pick<SeriesStore, 'find' | 'range' | 'raw' | 'archivedUntil'>;
  /** Where samples are that left the store. */
  readonly archive: Archive | null;
  readonly targets: readonly ExportTarget[];
  /** Null: from the oldest sample on. */
  readonly from: EpochMs | null;
  /** Exclusive. */
  readonly to: EpochMs;
  /** Only these sample keys, or metric names with all their labels; all when absent. */
  readonly names?: readonly string[] | undefined;
  readonly sink: ExportSink;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExportProgress) => void;
}

/** Steps are targets times days. */
export interface ExportProgress extends Written {
  readonly step: number;
  readonly steps: number;
}

/** Exports everything asked for and finishes the sink, or abandons it and rejects with what went wrong.
 *  @throws the signal's reason when it was aborted */
export async function exportHistory(options: ExportOptions): Promise<ExportProgress> {
  try {
    const done = await exportDays(options);
    await options.sink.finish();
    return done;
  } catch (error) {
    await options.sink.abandon().catch(() => undefined);
    throw error;
  }
}

async function exportDays(options: ExportOptions): Promise<ExportProgress> {
  const { store, targets, to, sink, signal, onProgress } = options;
  const until = (await store.archivedUntil()) ?? 0;
  const from = options.from ?? (await oldest(options, until));
  const days = Math.max(0, Math.ceil((to - midnight(from)) / DAY_MS));
  let progress: ExportProgress = { ...NOTHING_WRITTEN, step: 0, steps: days * targets.length };
  for (let day = midnight(from); day < to; day += DAY_MS) {
    const range = { start: Math.max(from, day), end: Math.min(to, day + DAY_MS) - 1 };
    for (const target of targets) {
      signal?.throwIfAborted();
      const [slot] = slotsOfDay(day, 'day');
      const batches = await samplesOf(options, { targetId: target.id, ...range });
      const written = addWritten(progress, await sink.write(target, slot!, batches));
      progress = { ...written, step: progress.step + 1, steps: progress.steps };
      onProgress?.(progress);
    }
  }
  return progress;
}

/** Both, whatever the day: a clock that was ahead has days archived before they are over. */
async function readBoth({ store, archive }: ExportOptions, query: RawQuery): Promise<readonly RawColumn[]> {
  const archived = (await archive?.read(query)) ?? [];
  return joinColumns([...archived, ...(await store.raw(query))]);
}

/** What a target has in a part of one day. */
async function samplesOf(options: ExportOptions, { targetId, start, end }: RawQuery): Promise<Batches> {
  const { store, names, signal } = options;
  const found = await store.find({ targets: [targetId] }, MAX_SERIES);
  const keys = found.map(({ key }) => key).filter((key) => isNamed(key, names));
  return batchesOf((query) => readBoth(options, query), { targetId, start, end, keys: keys.sort(), signal });
}

async function oldest({ store, archive, targets, to }: ExportOptions, until: EpochMs): Promise<EpochMs> {
  const wanted = targets.map(({ id }) => id);
  const files = (await archive?.list())?.filter(({ targetId }) => wanted.includes(targetId)) ?? [];
  const stored = await oldestDay(store, wanted, { start: until, end: to });
  const start = files.reduce((first, file) => Math.min(first, file.start), stored);
  if (until > 0) await tellOfOlder(archive, wanted, start);
  return start;
}

/** Files that were older and are gone have no say in where the export begins: the archive tells of them when it is asked. */
async function tellOfOlder(
  archive: Archive | null,
  targets: readonly TargetId[],
  before: EpochMs,
): Promise<void> {
  const range = { start: Number.NEGATIVE_INFINITY, end: before - 1, keys: [] };
  for (const targetId of targets) await archive?.read({ targetId, ...range });
}

function isNamed(key: SampleKey, names: readonly string[] | undefined): boolean {
  return names === undefined || names.includes(key) || names.includes(metricName(key));
}
