// Packs the samples of one series, usually of one day, into bytes and back. Where chunks are kept, and which samples make
// one, is left to the engine.
import { readColumn, writeColumn } from './column.ts';
import { finish, MAX_COUNT, readHeader, seal, unseal } from './container.ts';
import { CorruptChunk, type Samples } from './samples.ts';
import { readTimes, writeTimes } from './times.ts';

/** Packs 1 to 4,194,304 samples, every double as it is; of NaN there is one.
 *  @throws {RangeError} for another number of samples, or times that don't rise */
export function encodeChunk(samples: Samples): Uint8Array {
  const { times, values } = samples;
  checkCount(samples);
  const header = { count: times.length, minT: times[0]!, maxT: times.at(-1)!, resolutionMs: 0 };
  return seal(header, (sink) => {
    writeTimes(times, sink);
    writeColumn(values, sink);
  });
}

/** @throws {CorruptChunk} when any byte isn't as it was written */
export function decodeChunk(data: Uint8Array): Samples {
  const { header, source } = unseal(data);
  if (header.resolutionMs !== 0) throw new CorruptChunk('The chunk holds points of a tier, expected samples');
  const times = readTimes(header.count, header.minT, source);
  const values = readColumn(header.count, source);
  finish(source);
  return { times, values };
}

/** What the header says, without unpacking or checking the rest.
 *  @throws {CorruptChunk} for an unknown version or a header cut off */
export function chunkInfo(data: Uint8Array): { count: number; minT: number; maxT: number } {
  const { count, minT, maxT } = readHeader(data);
  return { count, minT, maxT };
}

function checkCount({ times, values }: Samples): void {
  const count = times.length;
  if (count < 1 || count > MAX_COUNT) {
    throw new RangeError(
      `samples.times.length: ${count}, must be 1 to ${MAX_COUNT}; write none without samples`,
    );
  }
  if (values.length !== count)
    throw new RangeError(`samples.values.length: ${values.length}, must be ${count} as times`);
}
