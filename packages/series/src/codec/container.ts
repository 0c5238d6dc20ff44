// The frame around a chunk's columns: version, counts, times, packed tokens, checksum. Which columns there are is
// left to chunk.ts and tier-chunk.ts.
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { ColumnSink, ColumnSource } from './column.ts';
import { ransPack, ransUnpack } from './rans.ts';
import { CorruptChunk } from './samples.ts';

const VERSION = 1;
/** How the tokens are packed. */
const PLAIN = 0;
const ZSTD = 1;
const RANS = 2;
/** zstd reads faster, so it is taken where the other isn't smaller by this much. */
const WORTH_IT = 0.98;
const CHECKSUM_BYTES = 4;
/** Values in one chunk; far above a day of one a second. */
export const MAX_COUNT = 2 ** 22;
/** Fewer token bytes aren't worth packing. */
const MIN_PACKED_BYTES = 32;
/** Tokens hardly repeat: short matches cost more than they save, and higher levels find nothing more. */
const ZSTD_OPTIONS = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 1,
    [constants.ZSTD_c_minMatch]: 7,
    [constants.ZSTD_c_contentSizeFlag]: 0,
  },
};

export interface Header {
  readonly count: number;
  readonly minT: number;
  readonly maxT: number;
  /** 0: samples; else the tier's. */
  readonly resolutionMs: number;
}

const sink: ColumnSink = {
  head: new ByteWriter(1024),
  tokens: new ByteWriter(16_384),
  bits: new ByteWriter(65_536),
};

/** Writes columns through `write` and puts them into one frame. */
export function seal(header: Header, write: (sink: ColumnSink) => void): Uint8Array {
  sink.head.clear();
  sink.tokens.clear();
  sink.bits.clear();
  write(sink);
  const { packing, tokens } = pack(sink.tokens.written);
  const out = new ByteWriter(sink.head.length + tokens.length + sink.bits.length + 64);
  out.byte(VERSION);
  out.byte(packing);
  out.varint(header.count);
  out.signed(header.minT);
  out.varint(header.maxT - header.minT);
  out.varint(header.resolutionMs);
  out.varint(sink.head.length);
  out.varint(sink.tokens.length);
  if (packing !== PLAIN) out.varint(tokens.length);
  out.bytes(sink.head.written);
  out.bytes(tokens);
  out.bytes(sink.bits.written);
  out.uint32(crc32(out.written));
  return out.written.slice();
}

/** The header alone; the checksum is not looked at.
 *  @throws {CorruptChunk} for an unknown version or impossible counts */
export function readHeader(data: Uint8Array): Header {
  return headerFrom(new ByteReader(data)).header;
}

/** Checks and opens a frame. @throws {CorruptChunk} */
export function unseal(data: Uint8Array): { header: Header; source: ColumnSource } {
  const inner = withoutChecksum(data);
  const reader = new ByteReader(inner);
  const { header, packing } = headerFrom(reader);
  const headBytes = reader.varint();
  // A tier chunk has eight columns with its times, and a value has one token at most.
  const tokenCount = reader.varint(header.count * 8);
  const tokenBytes = packing === PLAIN ? tokenCount : reader.varint();
  const head = new ByteReader(reader.bytes(headBytes));
  const stored = reader.bytes(tokenBytes);
  const tokens = new ByteReader(unpack(packing, stored, tokenCount));
  return { header, source: { head, tokens, bits: new ByteReader(reader.bytes(reader.left)) } };
}

/** @throws {CorruptChunk} unless all columns were read, and nothing is behind them */
export function finish(source: ColumnSource): void {
  if (source.head.left + source.tokens.left + source.bits.left > 0) {
    throw new CorruptChunk('There is more data than columns');
  }
}

/** The data before its checksum. @throws {CorruptChunk} when it doesn't match */
export function withoutChecksum(data: Uint8Array): Uint8Array {
  const end = data.length - CHECKSUM_BYTES;
  if (end < 1) throw new CorruptChunk(`The data has ${data.length} bytes, too few for any`);
  const said = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(end, true);
  const inner = data.subarray(0, end);
  if (crc32(inner) !== said) throw new CorruptChunk('The checksum does not match the data');
  return inner;
}

function headerFrom(reader: ByteReader): { header: Header; packing: number } {
  const version = reader.byte();
  if (version !== VERSION) throw new CorruptChunk(`The format version is ${version}, known is ${VERSION}`);
  const packing = reader.byte();
  if (packing > RANS) throw new CorruptChunk(`The packing is ${packing}, known are ${PLAIN} to ${RANS}`);
  const count = reader.varint(MAX_COUNT);
  const minT = reader.signed();
  const maxT = minT + reader.varint();
  const resolutionMs = reader.varint();
  if (count === 0) throw new CorruptChunk('The chunk announces no values');
  return { header: { count, minT, maxT, resolutionMs }, packing };
}

/** The smallest of the ways. */
function pack(tokens: Uint8Array): { packing: number; tokens: Uint8Array } {
  if (tokens.length < MIN_PACKED_BYTES) return { packing: PLAIN, tokens };
  const zstd = zstdCompressSync(tokens, ZSTD_OPTIONS);
  const rans = ransPack(tokens, Math.floor(Math.min(zstd.length, tokens.length) * WORTH_IT));
  if (rans !== undefined) return { packing: RANS, tokens: rans };
  return zstd.length < tokens.length ? { packing: ZSTD, tokens: zstd } : { packing: PLAIN, tokens };
}

function unpack(packing: number, data: Uint8Array, count: number): Uint8Array {
  if (packing === PLAIN) return data;
  if (packing === RANS) return ransUnpack(data, count);
  let tokens: Uint8Array;
  try {
    tokens = zstdDecompressSync(data, { maxOutputLength: Math.max(1, count) });
  } catch (error) {
    throw new CorruptChunk('The tokens cannot be decompressed', { cause: error });
  }
  if (tokens.length !== count) throw new CorruptChunk('The tokens are fewer than announced');
  return tokens;
}
