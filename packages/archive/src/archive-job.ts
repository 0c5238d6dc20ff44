// Moves raw samples that are old enough from the store to the archive, day by day: written and read back first, deleted
// after. When it runs is left to the hub.
import type { EpochMs, SampleKey, TargetId } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import { addWritten, type Archive, NOTHING_WRITTEN, type Written } from './contract.ts';
import { heldOf } from './held.ts';
import { wholeSlot } from './late.ts';
import { oldestDay } from './oldest-day.ts';
import { DAY_MS, midnight } from './slot.ts';

/** What the job asks of the store. */
export type ArchivableStore = Pick<
  SeriesStore,
  'targets' | 'find' | 'range' | 'raw' | 'archivedUntil' | 'dropArchived'
>;

export interface ArchiveJobOptions {
  /** Only days that ended at least this long ago. Milliseconds. */
  readonly afterMs: number;
  readonly now: EpochMs;
  /** Ends it between two files; what isn't moved yet is moved the next time. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ArchiveProgress) => void;
}

/** What one run has done so far. */
export interface ArchiveProgress extends Written {
  /** Up to where samples have left the store (exclusive); null: none ever have. */
  readonly until: EpochMs | null;
  readonly daysLeft: number;
}

/** The most that are looked for on one target. */
export const MAX_SERIES = 1_000_000;

/** Days without samples after which the next that has some is looked for, and again after twice as many each time. */
const EMPTY_DAYS = 8;

/** Moves every whole day that is due, oldest first. May be ended at any moment, kill -9 included: a day is deleted from
 *  the store only when all of its files are on the disk, and until then it is written again the next time.
 *  @throws {ArchiveWriteFailed} disk full and the like; the days before are moved
 *  @throws the signal's reason when it was aborted */
export async function archiveJob(
  store: ArchivableStore,
  archive: Archive,
  { afterMs, now, signal, onProgress }: ArchiveJobOptions,
): Promise<ArchiveProgress> {
  const end = midnight(now - afterMs);
  const targets = await store.targets();
  let until = await store.archivedUntil();
  const first = until ?? (await oldestDay(store, targets, { start: 0, end }));
  let progress: ArchiveProgress = {
    until,
    daysLeft: Math.max(0, (end - first) / DAY_MS),
    ...NOTHING_WRITTEN,
  };
  let [emptyDays, askAfterDays] = [0, EMPTY_DAYS];
  for (let day = first; day < end; day = until) {
    if (emptyDays === askAfterDays) {
      askAfterDays *= 2;
      day = await nextDay(store, targets, { start: day, end });
    }
    let written: Written = progress;
    for (const targetId of targets)
      written = addWritten(written, await moveDay(store, archive, { targetId, day, signal }));
    emptyDays = written.samples === progress.samples ? emptyDays + 1 : 0;
    await store.dropArchived(day + DAY_MS);
    // Where a clock was ahead, the next day with samples, or where it had come to.
    until = Math.max(day + DAY_MS, (await store.archivedUntil()) ?? 0);
    progress = { ...written, until, daysLeft: Math.max(0, (end - until) / DAY_MS) };
    onProgress?.(progress);
  }
  return progress;
}

/** The first day from `start` on that may have raw samples; the last before `end` when none has. */
async function nextDay(
  store: ArchivableStore,
  targets: readonly TargetId[],
  { start, end }: { start: EpochMs; end: EpochMs },
): Promise<EpochMs> {
  const next = Math.min(await oldestDay(store, targets, { start, end }), end - DAY_MS);
  // What is passed over is deleted: that it is nothing isn't taken from tiers.
  for (const targetId of targets)
    if ((await store.raw({ targetId, start, end: next - 1, enough: 1 })).length > 0) return start;
  return next;
}

/** One target and day, which stay in the store. */
async function moveDay(
  store: ArchivableStore,
  archive: Archive,
  { targetId, day, signal }: { targetId: TargetId; day: EpochMs; signal: AbortSignal | undefined },
): Promise<Written> {
  signal?.throwIfAborted();
  const whole = await heldOf(store, { targetId, start: day, end: day + DAY_MS - 1 });
  if (whole?.keys.length === 0) return NOTHING_WRITTEN;
  const slots = archive.slotsOfDay(day);
  let written: Written = NOTHING_WRITTEN;
  for (const slot of slots) {
    const range = { targetId, start: slot.start, end: slot.end - 1 };
    const part = whole ?? (slots.length === 1 ? undefined : await heldOf(store, range));
    const { keys, source } = part ?? { keys: await keysOf(store, targetId), source: store };
    const batches = await wholeSlot(source, archive, { ...range, slot, keys, signal });
    written = addWritten(written, await archive.write(targetId, slot, batches));
  }
  return written;
}

async function keysOf(store: ArchivableStore, targetId: TargetId): Promise<SampleKey[]> {
  const series = await store.find({ targets: [targetId] }, MAX_SERIES);
  return series.map(({ key }) => key).sort();
}
