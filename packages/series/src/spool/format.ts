// The bytes of the spool: a segment file is a header and records, a record is one batch that needs no other. Which files
// there are and when they go is left to spool.ts.
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EpochMs } from '@guardia/model';
import type { PackedBatch } from '../worker/operations.ts';

/** Version of the format that is written, and the newest that is read. */
export const SPOOL_VERSION = 1;
/** `GSPL`, version (u32), when it was begun (f64, milliseconds since 1970). Numbers are little-endian. */
export const SEGMENT_HEADER_BYTES = 16;
/** `GREC`, length of the payload (u32), its CRC-32 (u32). The payload is zstd of: length of the JSON (u32), the JSON,
 *  the cells as doubles. */
const RECORD_HEADER_BYTES = 12;

const SEGMENT_MARK = Buffer.from('GSPL');
const RECORD_MARK = Buffer.from('GREC');

/** What a segment says of itself. */
export interface SegmentHeader {
  readonly version: number;
  readonly createdAt: EpochMs;
}

/** A batch, or bytes in its place that are none: torn when nothing follows them. */
export type SpoolRecord =
  | { readonly batch: PackedBatch }
  | { readonly lostBytes: number; readonly torn: boolean };

export function encodeSegmentHeader(createdAt: EpochMs): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MARK.copy(header);
  header.writeUInt32LE(SPOOL_VERSION, 4);
  header.writeDoubleLE(createdAt, 8);
  return header;
}

/** Undefined when the bytes begin no segment. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || !bytes.subarray(0, 4).equals(SEGMENT_MARK)) return undefined;
  return { version: bytes.readUInt32LE(4), createdAt: bytes.readDoubleLE(8) };
}

/** The batch must explain all its numbers. */
export function encodeRecord({ cells, length, newTargets, newLayouts, checks }: PackedBatch): Buffer {
  const json = Buffer.from(JSON.stringify({ newTargets, newLayouts, checks }));
  const jsonLength = Buffer.alloc(4);
  jsonLength.writeUInt32LE(json.length);
  const numbers = Buffer.from(cells.buffer, cells.byteOffset, length * Float64Array.BYTES_PER_ELEMENT);
  // Keys repeat within a record and from target to target: packed they are hardly more than the numbers.
  const payload = zstdCompressSync(Buffer.concat([jsonLength, json, numbers]));
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  RECORD_MARK.copy(header);
  header.writeUInt32LE(payload.length, 4);
  header.writeUInt32LE(crc32(payload), 8);
  return Buffer.concat([header, payload]);
}

/** The records of a whole segment file, in order. After damage it goes on with the next record that is sound. */
export function* readRecords(segment: Buffer): Generator<SpoolRecord> {
  for (let at = SEGMENT_HEADER_BYTES; at < segment.length; ) {
    const end = soundEnd(segment, at);
    if (end !== undefined) {
      yield { batch: decodePayload(segment.subarray(at + RECORD_HEADER_BYTES, end)) };
      at = end;
      continue;
    }
    const next = nextSound(segment, at + 1);
    yield { lostBytes: next - at, torn: next === segment.length };
    at = next;
  }
}

/** Where the record that begins at `at` ends; undefined when none does, or a damaged one. */
function soundEnd(segment: Buffer, at: number): number | undefined {
  const start = at + RECORD_HEADER_BYTES;
  if (start > segment.length || !segment.subarray(at, at + 4).equals(RECORD_MARK)) return undefined;
  const end = start + segment.readUInt32LE(at + 4);
  if (end > segment.length) return undefined;
  return crc32(segment.subarray(start, end)) === segment.readUInt32LE(at + 8) ? end : undefined;
}

/** Where the next sound record begins; the end of the segment when there is none. */
function nextSound(segment: Buffer, from: number): number {
  for (let at = from; ; at++) {
    at = segment.indexOf(RECORD_MARK, at);
    if (at === -1) return segment.length;
    if (soundEnd(segment, at) !== undefined) return at;
  }
}

function decodePayload(payload: Buffer): PackedBatch {
  const plain = zstdDecompressSync(payload);
  const start = 4 + plain.readUInt32LE(0);
  const named = JSON.parse(plain.toString('utf8', 4, start)) as Pick<
    PackedBatch,
    'newTargets' | 'newLayouts' | 'checks'
  >;
  // A copy: doubles begin at multiples of eight only.
  const cells = new Float64Array(new Uint8Array(plain.subarray(start)).buffer);
  return { ...named, forget: true, cells, length: cells.length };
}
