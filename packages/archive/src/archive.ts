// The archive itself: Parquet files in one folder per target and day or hour, written so that a crash leaves the old or
// the new one, and read around whatever is damaged. When samples move here is left to archive-job.ts.
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { EpochMs, Gap, TargetId } from '@guardia/model';
import type { ArchiveReadOptions, RawColumn, RawQuery } from '@guardia/series';
import { sumOf } from './checksum.ts';
import { joinColumns, refuseUnfit, sampleCount, sortByKey } from './columns.ts';
import type {
  Archive,
  ArchivedFile,
  ArchiveNotice,
  ArchiveOptions,
  ArchiveSize,
  Batches,
  Verified,
  Written,
} from './contract.ts';
import { type Engine, loadDuckdb, openEngine } from './duckdb.ts';
import { makeFolder, replaceFile } from './durable.ts';
import { ArchiveUnavailable, ArchiveWriteFailed } from './errors.ts';
import {
  type FileAt,
  fileAt,
  filesOf,
  hasFiles,
  settleSlot,
  sizeOf,
  targetFolder,
  targetsIn,
} from './files.ts';
import { Lane } from './lane.ts';
import { NewestTimes } from './newest-times.ts';
import { type FileQuery, readColumns, readMetadata, readSum } from './parquet-reader.ts';
import { CHECKSUM, ParquetWriter } from './parquet-writer.ts';
import { type Slot, slotsOfDay } from './slot.ts';

type Part = Omit<RawQuery, 'targetId'>;

interface Opened {
  readonly engine: Engine;
  readonly writer: ParquetWriter;
}

/** Opens nothing yet: folder and DuckDB are looked at when first needed.
 *  @throws {RangeError} naming the option out of its limits */
export function openArchive(options: ArchiveOptions): Archive {
  refuseBelow('memoryLimitMiB', options.memoryLimitMiB, 64);
  refuseBelow('threads', options.threads, 1);
  return new ParquetArchive({ ...options, path: resolve(options.path) });
}

class ParquetArchive implements Archive {
  readonly #options: ArchiveOptions;
  readonly #writing = new Lane();
  readonly #reading = new Lane();
  #opened: Promise<Opened> | undefined;
  #closed = false;

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  slotsOfDay(day: EpochMs): readonly Slot[] {
    return slotsOfDay(day, this.#options.partition);
  }

  async write(targetId: TargetId, slot: Slot, batches: Batches): Promise<Written> {
    const written = { files: 0, samples: 0, bytes: 0 };
    for await (const batch of batches) {
      const columns = sortByKey(batch.filter((column) => column.times.length > 0));
      if (columns.length === 0) continue;
      await refuseUnfit(columns, slot);
      const file = fileAt(this.#options.path, { targetId, slot, part: written.files });
      await this.#write(file, columns);
      written.files++;
      written.samples += sampleCount(columns);
      written.bytes += await sizeOf(file.path);
    }
    // Nothing to write says nothing of what was written before: only files replace files.
    if (written.files === 0) return written;
    const folder = targetFolder(this.#options.path, targetId);
    await settleSlot(folder, slot, written.files).catch((cause: unknown) => {
      throw notWritten(folder, cause);
    });
    return written;
  }

  async read(
    { targetId, ...part }: RawQuery,
    { onGap, onSamples, signal, newest = Number.POSITIVE_INFINITY }: ArchiveReadOptions = {},
  ): Promise<readonly RawColumn[]> {
    const { found, missing } = await filesOf(this.#options.path, targetId, part);
    const tell = (notice: ArchiveNotice, gap: Omit<Gap, 'targetId'>): void => {
      this.#options.onNotice?.(notice);
      onGap?.({ targetId, ...gap });
    };
    const isNothing = found.length + missing.length === 0;
    if (onGap !== undefined && isNothing && (await this.targets()).length === 0)
      tell(isEmpty(this.#options.path, { targetId, ...part }), { ...part, reason: 'no-archive' });
    const times = new NewestTimes(newest);
    const files: (readonly RawColumn[])[] = [];
    for (const file of found.toReversed()) {
      const newestRows = times.missingIn(file.slot);
      if (newestRows === 0) continue;
      const query = { ...part, newestRows, onSamples, signal };
      const columns = await this.#unlessDamaged(file, (engine) => readPart(engine, file, query), signal);
      if ('type' in columns) tell(columns, { ...within(file.slot, part), reason: 'file-unreadable' });
      else {
        files.push(columns);
        await times.add(columns);
      }
    }
    for (const file of missing)
      if (times.missingIn(file.slot) > 0)
        tell(isMissing(file), { ...within(file.slot, part), reason: 'file-missing' });
    return joinColumns(files.reverse().flat());
  }

  has(targetId: TargetId, slot: Slot): Promise<boolean> {
    return hasFiles(targetFolder(this.#options.path, targetId), slot);
  }

  targets(): Promise<readonly TargetId[]> {
    return targetsIn(this.#options.path);
  }

  async check(): Promise<void> {
    await loadDuckdb();
  }

  async list(): Promise<readonly ArchivedFile[]> {
    const { found } = await this.#everything();
    return Promise.all(found.map(async (file) => ({ ...placeOf(file), bytes: await sizeOf(file.path) })));
  }

  async size(): Promise<ArchiveSize> {
    let [files, bytes] = [0, 0];
    for (const targetId of await this.targets()) {
      const { found } = await filesOf(this.#options.path, targetId, ALWAYS);
      files += found.length;
      for (const { path } of found) bytes += await sizeOf(path);
    }
    return { files, bytes };
  }

  async verify(): Promise<Verified> {
    const { found, missing } = await this.#everything();
    const problems = missing.map(isMissing);
    let samples = 0;
    for (const file of found) {
      const seen = await this.#unlessDamaged(file, (engine) => check(engine, file));
      if ('type' in seen) problems.push(seen);
      else samples += seen.samples;
    }
    return { files: found.length, samples, problems };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#writing.idle(), this.#reading.idle()]);
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened)?.engine.close();
  }

  async #write(file: FileAt, columns: readonly RawColumn[]): Promise<void> {
    await this.#writing.run(async () => {
      const { engine, writer } = await this.#open();
      try {
        await makeFolder(dirname(file.path));
        const checksum = await sumOf(columns);
        await writer.write(file.unfinished, columns, { targetId: file.targetId, checksum });
        const whole = { path: file.unfinished, ...wholeOf(file.slot) };
        const back = await readSum(engine.duckdb, engine.writing, whole);
        if (back.sum !== checksum) throw new Error('it reads back as something else');
        await replaceFile(file.unfinished, file.path);
      } catch (cause) {
        await rm(file.unfinished, { force: true });
        throw notWritten(file.path, cause);
      }
    });
  }

  /** What the work gives, or what is wrong with the file. */
  async #unlessDamaged<T extends object>(
    file: FileAt,
    work: (engine: Engine) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T | ArchiveNotice> {
    return this.#reading.run(async () => {
      signal?.throwIfAborted();
      const { engine } = await this.#open();
      try {
        return await work(engine);
      } catch (error) {
        signal?.throwIfAborted();
        const message = textOf(error);
        // Too little memory says nothing about the file.
        if (message.startsWith('Out of Memory')) throw error;
        // What follows its first line is the statement.
        const [reason] = message.split('\n', 1);
        return { ...placeOf(file), type: 'unreadable', message: `${file.path} can't be read: ${reason}` };
      }
    });
  }

  async #everything(): Promise<{ found: FileAt[]; missing: FileAt[] }> {
    const found: FileAt[] = [];
    const missing: FileAt[] = [];
    for (const targetId of await this.targets()) {
      const files = await filesOf(this.#options.path, targetId, ALWAYS);
      found.push(...files.found);
      missing.push(...files.missing);
    }
    return { found, missing };
  }

  /** Only within a lane: `close` waits for these before it frees what they use. */
  #open(): Promise<Opened> {
    if (this.#closed) return Promise.reject(new ArchiveUnavailable('The archive is closed.'));
    this.#opened ??= this.#start().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #start(): Promise<Opened> {
    const { path, tempFolder = join(path, '.tmp'), memoryLimitMiB = 256, threads = 1 } = this.#options;
    const engine = await openEngine({
      folder: path,
      tempFolder: resolve(tempFolder),
      memoryLimitMiB,
      threads,
    });
    return { engine, writer: new ParquetWriter(engine.duckdb, engine.writing) };
  }
}

function readPart(
  { duckdb, reading }: Engine,
  { path, slot }: FileAt,
  query: Part & Pick<FileQuery, 'newestRows' | 'onSamples' | 'signal'>,
): Promise<RawColumn[]> {
  return readColumns(duckdb, reading, { ...query, path, ...within(slot, query) });
}

/** The part of a slot that lies in a range. */
function within(slot: Slot, { start, end }: Part): { start: EpochMs; end: EpochMs } {
  const whole = wholeOf(slot);
  return { start: Math.max(start, whole.start), end: Math.min(end, whole.end) };
}

async function check(
  { duckdb, reading }: Engine,
  file: FileAt,
): Promise<{ samples: number } | ArchiveNotice> {
  const { sum, samples } = await readSum(duckdb, reading, { path: file.path, ...wholeOf(file.slot) });
  const written = (await readMetadata(reading, file.path)).get(CHECKSUM);
  return sum === written ? { samples } : isChanged(file);
}

const ALWAYS = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

function placeOf({ targetId, path, slot }: FileAt): Omit<ArchivedFile, 'bytes'> {
  return { targetId, path, start: slot.start, end: slot.end };
}

function wholeOf({ start, end }: Slot): { start: EpochMs; end: EpochMs } {
  return { start, end: end - 1 };
}

function isMissing(file: FileAt): ArchiveNotice {
  return { ...placeOf(file), type: 'missing', message: `${file.path} was written and isn't there any more` };
}

/** What is asked for was here: the folder was moved, or its disk isn't mounted. */
function isEmpty(path: string, { targetId, start, end }: RawQuery): ArchiveNotice {
  const message = `${path} has no archive in it, and samples left for one: check storage.archive.path`;
  return { type: 'missing', targetId, path, start, end: end + 1, message };
}

function isChanged(file: FileAt): ArchiveNotice {
  return { ...placeOf(file), type: 'changed', message: `${file.path} holds other samples than were written` };
}

function notWritten(path: string, cause: unknown): ArchiveWriteFailed {
  const next = 'Make room there, and check that this user may write there';
  return new ArchiveWriteFailed(`${path} could not be written: ${textOf(cause)}. ${next}.`, { cause });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refuseBelow(field: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw new RangeError(`${field}: ${value}, must be a whole number of at least ${least}`);
}
