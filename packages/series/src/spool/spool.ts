// Batches that wait on this machine's disk for the database: added at the end, read from the beginning, within a bound.
// When they are added and when they are written to the database is left to spooled-writes.ts.
import {
  accessSync,
  closeSync,
  constants,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { StorageFault } from '@guardia/db/worker';
import type { EpochMs } from '@guardia/model';
import type { SeriesNotice } from '../store.ts';
import type { PackedBatch } from '../worker/operations.ts';
import {
  decodeSegmentHeader,
  encodeRecord,
  encodeSegmentHeader,
  readRecords,
  SEGMENT_HEADER_BYTES,
  SPOOL_VERSION,
  type SpoolRecord,
} from './format.ts';

const SEGMENT_NAME = /^\d{8}\.spool$/;
const SEGMENT_BYTES = 8 * 1024 * 1024;

export interface SpoolOptions {
  /** Made, for this user alone, where it is missing. One process at a time uses it. */
  readonly folder: string;
  /** What the files may take together. */
  readonly maxBytes: number;
  /** The file is changed once it has this size. @default 8 MiB */
  readonly segmentBytes?: number;
  readonly notify: (notice: SeriesNotice) => void;
}

interface Segment {
  readonly path: string;
  readonly createdAt: EpochMs;
  bytes: number;
  /** Stays on the disk under another name when it was read to its end. */
  keep?: true;
}

/** What was added is on the disk: neither kill -9 nor a loss of power takes it. A segment is deleted once all its records
 *  are done; after kill -9 those of the first segment come again. Works synchronously, a few milliseconds a batch, which
 *  nobody waits for while the database is out of reach. */
export class Spool {
  readonly #options: SpoolOptions;
  /** Oldest first. */
  readonly #segments: Segment[] = [];
  /** The last segment, while it is written to. */
  #open: { readonly fd: number; readonly segment: Segment } | undefined;
  #number = 0;
  /** The records of the first segment that weren't returned yet. */
  #records: Generator<SpoolRecord> | undefined;
  #oldest: PackedBatch | undefined;

  /** @throws {StorageFault} when the folder can't be used, or a newer version wrote what is in it */
  constructor(options: SpoolOptions) {
    this.#options = options;
    const { folder } = options;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
      for (const name of readdirSync(folder).sort()) if (SEGMENT_NAME.test(name)) this.#found(name);
    } catch (error) {
      if (error instanceof StorageFault) throw error;
      throw new StorageFault(
        'DATABASE_FOLDER_MISSING',
        `the spool can't be used: ${(error as Error).message}`,
      );
    }
  }

  /** What the files take. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** When the oldest segment was begun; null when there is none. */
  get oldestAt(): EpochMs | null {
    return this.#segments[0]?.createdAt ?? null;
  }

  /** Takes a batch that explains all its numbers. @returns why it wasn't taken; undefined when it is on the disk */
  add(batch: PackedBatch, now: EpochMs): string | undefined {
    const { folder, maxBytes, segmentBytes = SEGMENT_BYTES } = this.#options;
    const record = encodeRecord(batch);
    const header = this.#open === undefined ? SEGMENT_HEADER_BYTES : 0;
    if (this.bytes + header + record.length > maxBytes)
      return `the spool ${folder} is full (${maxBytes} bytes)`;
    try {
      this.#append(this.#open ?? this.#begin(now), record);
    } catch (error) {
      return `the spool can't be written: ${(error as Error).message}`;
    }
    if (this.#open!.segment.bytes >= segmentBytes) this.#seal();
    return undefined;
  }

  /** The oldest batch, the same until `done`; undefined when there is none. */
  oldest(): PackedBatch | undefined {
    while (this.#oldest === undefined) {
      const segment = this.#segments[0];
      if (segment === undefined) return undefined;
      this.#records ??= this.#read(segment);
      const { done, value } = this.#records.next();
      if (done === true) this.#remove(segment);
      else if ('batch' in value) this.#oldest = value.batch;
      else this.#damaged(segment, value.lostBytes, value.torn ? 'cut off while it was written' : 'damaged');
    }
    return this.#oldest;
  }

  /** The oldest batch is in the database. */
  done(): void {
    this.#oldest = undefined;
  }

  /** The database refuses the oldest batch for good: its segment is set aside, and the batches behind it go on. */
  refuse(why: string): void {
    const segment = this.#segments[0]!;
    segment.keep = true;
    this.#notify(
      segment,
      `the database refuses a batch of it, so that it is kept as ${asideOf(segment)}: ${why}`,
    );
    this.#oldest = undefined;
  }

  close(): void {
    this.#seal();
  }

  #found(name: string): void {
    this.#number = Number.parseInt(name, 10);
    const path = join(this.#options.folder, name);
    const { size, mtimeMs } = statSync(path);
    if (size <= SEGMENT_HEADER_BYTES) {
      unlinkSync(path);
      return;
    }
    const header = decodeSegmentHeader(readStart(path));
    if (header !== undefined && header.version > SPOOL_VERSION) {
      throw new StorageFault(
        'DATABASE_NEWER',
        `the spool ${path} has format ${header.version}, and this version reads up to ${SPOOL_VERSION}`,
      );
    }
    this.#segments.push({ path, createdAt: header?.createdAt ?? Math.round(mtimeMs), bytes: size });
  }

  #begin(now: EpochMs): { readonly fd: number; readonly segment: Segment } {
    const path = join(this.#options.folder, `${String(++this.#number).padStart(8, '0')}.spool`);
    const fd = openSync(path, 'wx', 0o600);
    try {
      writeSync(fd, encodeSegmentHeader(now));
      syncFolder(this.#options.folder);
    } catch (error) {
      closeSync(fd);
      unlinkSync(path);
      throw error;
    }
    this.#open = { fd, segment: { path, createdAt: now, bytes: SEGMENT_HEADER_BYTES } };
    this.#segments.push(this.#open.segment);
    return this.#open;
  }

  #append({ fd, segment }: { readonly fd: number; readonly segment: Segment }, record: Buffer): void {
    try {
      for (let written = 0; written < record.length; ) {
        written += writeSync(fd, record, written, record.length - written, segment.bytes + written);
      }
      fdatasyncSync(fd);
    } catch (error) {
      ftruncateSync(fd, segment.bytes);
      throw error;
    }
    segment.bytes += record.length;
  }

  /** The next batch begins a new segment. */
  #seal(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  *#read(segment: Segment): Generator<SpoolRecord> {
    if (this.#open?.segment === segment) this.#seal();
    let bytes: Buffer;
    try {
      bytes = readFileSync(segment.path);
    } catch (error) {
      segment.keep = true;
      this.#damaged(segment, segment.bytes, (error as Error).message);
      return;
    }
    yield* readRecords(bytes);
  }

  #remove(segment: Segment): void {
    this.#segments.shift();
    this.#records = undefined;
    try {
      if (segment.keep === true) renameSync(segment.path, asideOf(segment));
      else unlinkSync(segment.path);
    } catch (error) {
      this.#notify(segment, `it is read to its end, and can't be removed: ${(error as Error).message}`);
    }
  }

  #damaged(segment: Segment, lostBytes: number, how: string): void {
    this.#notify(segment, `${lostBytes} bytes of it are lost: ${how}`);
  }

  #notify({ path }: Segment, message: string): void {
    this.#options.notify({ type: 'spool-damaged', path, message });
  }
}

function asideOf({ path }: Segment): string {
  return `${path}.aside`;
}

function readStart(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(SEGMENT_HEADER_BYTES);
    readSync(fd, start);
    return start;
  } finally {
    closeSync(fd);
  }
}

/** Only then a new file is there after a loss of power. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
