// The contract of the archive: what may be asked of it, and what each answer promises. archive.ts keeps it.
import type { EpochMs, TargetId } from '@guardia/model';
import type { ArchiveReader, ArchiveReadOptions, RawColumn, RawQuery } from '@guardia/series';
import type { Partition, Slot } from './slot.ts';

export interface ArchiveOptions {
  /** A folder; made with the first write, open to this user only. */
  readonly path: string;
  readonly partition: Partition;
  /** What DuckDB may hold for data. MiB, at least 64. @default 256 */
  readonly memoryLimitMiB?: number;
  /** At least 1. @default 1 */
  readonly threads?: number;
  /** Where DuckDB puts what doesn't fit into memory. @default `.tmp` in the archive's folder */
  readonly tempFolder?: string;
  /** Called for each file that is missing or can't be read, each time it would have been needed. */
  readonly onNotice?: (notice: ArchiveNotice) => void;
}

/** A file of the archive. Times are those of its slot. */
export interface ArchivedFile {
  readonly targetId: TargetId;
  readonly path: string;
  readonly start: EpochMs;
  /** Exclusive. */
  readonly end: EpochMs;
  readonly bytes: number;
}

/** A file that should say something and doesn't, or says something else than was written. */
export interface ArchiveNotice extends Omit<ArchivedFile, 'bytes'> {
  readonly type: 'missing' | 'unreadable' | 'changed';
  readonly message: string;
}

export interface ArchiveSize {
  readonly files: number;
  readonly bytes: number;
}

export interface Verified {
  readonly files: number;
  /** In the files that are as they were written. */
  readonly samples: number;
  readonly problems: readonly ArchiveNotice[];
}

/** What one write put on the disk. */
export interface Written {
  readonly files: number;
  readonly samples: number;
  readonly bytes: number;
}

export const NOTHING_WRITTEN: Written = { files: 0, samples: 0, bytes: 0 };

export function addWritten(a: Written, b: Written): Written {
  return { files: a.files + b.files, samples: a.samples + b.samples, bytes: a.bytes + b.bytes };
}

/** Columns of one slot, batch by batch. A key and time is in one batch only. */
export type Batches = Iterable<readonly RawColumn[]> | AsyncIterable<readonly RawColumn[]>;

/** One owner; safe to call concurrently, slots of one target written one after another. Whatever needs DuckDB rejects
 *  with ArchiveUnavailable when it isn't installed or the archive is closed. */
export interface Archive extends ArchiveReader {
  /** The slots in which the day that begins at `day` (a midnight in UTC) is written. */
  slotsOfDay(day: EpochMs): readonly Slot[];
  /** Writes one slot of a target in place of what it had. Each batch becomes one file, so that no more than one has to be
   *  in memory. When it resolves, the files are on the disk and have been read back. -0 is stored as 0.
   *  @throws {RangeError} times that aren't whole milliseconds, rising and within the slot
   *  @throws {ArchiveWriteFailed} disk full and the like */
  write(targetId: TargetId, slot: Slot, batches: Batches): Promise<Written>;
  /** Samples in the range (inclusive), by key. Files that are missing or can't be read are left out, and told to `onNotice`
   *  and `onGap`. Who gives `onGap` knows that samples left: an archive without any files is told as well. Whether samples
   *  were changed since is for `verify`. @throws the signal's reason when it was aborted */
  read(query: RawQuery, options?: ArchiveReadOptions): Promise<readonly RawColumn[]>;
  /** Whether something was written of a slot. */
  has(targetId: TargetId, slot: Slot): Promise<boolean>;
  targets(): Promise<readonly TargetId[]>;
  /** Loads DuckDB and opens nothing. @throws {ArchiveUnavailable} with what to install */
  check(): Promise<void>;
  /** All files, by target and time. */
  list(): Promise<readonly ArchivedFile[]>;
  /** Of all files. Looks at each, but holds only those of one target. */
  size(): Promise<ArchiveSize>;
  /** Reads every file whole and compares it with the checksum that it was written with. */
  verify(): Promise<Verified>;
  /** Waits for what is under way and frees DuckDB. Safe twice. */
  close(): Promise<void>;
}
