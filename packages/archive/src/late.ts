// Puts samples that come after their slot was written together with what the archive has of it: a clock that was ahead has
// days archived before they are over. Which slots are written, and when, is left to archive-job.ts.
import type { EpochMs } from '@guardia/model';
import type { RawColumn, RawQuery, SeriesStore } from '@guardia/series';
import { batchesOf, MAX_SERIES, type Wanted } from './batches.ts';
import { joinColumns } from './columns.ts';
import type { Archive, Batches } from './contract.ts';
import { ArchiveWriteFailed } from './errors.ts';
import type { Slot } from './slot.ts';

type Store = Pick<SeriesStore, 'raw'>;

/** What is compared at a time, so that memory holds no more. */
const PART_MS = 3_600_000;

/** All that a slot is to hold; nothing when the store has nothing of it.
 *  @throws {ArchiveWriteFailed} when the archive can't read what it has: late samples alone would take its place */
export async function wholeSlot(
  store: Store,
  archive: Archive,
  { slot, ...wanted }: Wanted & { slot: Slot },
): Promise<Batches> {
  const stored = batchesOf((query) => store.raw(query), wanted);
  if (!(await archive.has(wanted.targetId, slot)) || (await hasAll(store, archive, wanted))) return stored;
  const fresh: RawColumn[] = [];
  for await (const batch of stored) fresh.push(...batch);
  if (fresh.length === 0) return [];
  const { targetId, start, end } = wanted;
  return inBatches(joinColumns([...(await readAll(archive, { targetId, start, end })), ...fresh]));
}

/** Whether the store has what was archived: so it is after a job that was interrupted. */
async function hasAll(store: Store, archive: Archive, { targetId, start, end }: Wanted): Promise<boolean> {
  for (let from: EpochMs = start; from <= end; from += PART_MS) {
    const range = { targetId, start: from, end: Math.min(end, from + PART_MS - 1) };
    const archived = await readAll(archive, range);
    if (archived.length === 0) continue;
    const stored = await store.raw({ ...range, keys: archived.map(({ key }) => key) });
    const times = new Map(stored.map((column) => [column.key, new Set(column.times)]));
    for (const column of archived)
      if (!column.times.every((time) => times.get(column.key)?.has(time) === true)) return false;
  }
  return true;
}

async function readAll(archive: Archive, query: RawQuery): Promise<readonly RawColumn[]> {
  return archive.read(query, {
    onGap({ targetId, start }) {
      const day = new Date(start).toISOString().slice(0, 10);
      throw new ArchiveWriteFailed(
        `The archive of ${targetId} for ${day} can't be read, and samples came late for it: put its files back from a ` +
          'backup, or delete them and their lines in _files.jsonl',
      );
    },
  });
}

function* inBatches(columns: readonly RawColumn[]): Generator<readonly RawColumn[]> {
  for (let i = 0; i < columns.length; i += MAX_SERIES) yield columns.slice(i, i + MAX_SERIES);
}
