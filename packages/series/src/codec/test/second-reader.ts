// A second reader, written from docs/storage.md alone and as plainly as can be, so that the document is known to be true. Speed
// and damage are left to the first one.
import { zstdDecompressSync } from 'node:zlib';

/** Numbers are read as BigInt, so that none is ever rounded. */
class Cursor {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes[this.at++]!;
  }

  take(size: number): Uint8Array {
    this.at += size;
    return this.#bytes.slice(this.at - size, this.at);
  }

  varint(): bigint {
    let number = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      number |= BigInt(byte & 127) << shift;
      if (byte < 128) return number;
    }
  }

  signed(): bigint {
    const number = this.varint();
    return number % 2n === 0n ? number / 2n : -(number + 1n) / 2n;
  }

  size(): number {
    return Number(this.varint());
  }
}

interface Streams {
  readonly head: Cursor;
  readonly tokens: Cursor;
  readonly bits: Cursor;
}

export function readChunkAgain(data: Uint8Array): { times: number[]; values: number[] } {
  const { count, first, streams } = framedIn(data);
  return { times: timesOf(count, first, streams), values: columnOf(count, streams) };
}

/** The columns, and which of them were made. */
export function readTierChunkAgain(data: Uint8Array) {
  const { count: points, first: firstTime, resolution, streams } = framedIn(data);
  const starts = timesOf(points, firstTime, streams);
  const made = streams.head.u8();
  const power = 10 ** (made & 4 ? streams.head.u8() : 0);
  const [count, sum] = [columnOf(points, streams), columnOf(points, streams)];
  const [first, last] = [columnOf(points, streams), columnOf(points, streams)];
  const min = made & 1 ? first : columnOf(points, streams);
  const max = made & 2 ? last : columnOf(points, streams);
  const growths = last.map((value, i) => Math.round((value - first[i]!) * power) / power);
  const increase = made & 4 ? growths : columnOf(points, streams);
  return { resolution, made, starts, count, sum, first, last, min, max, increase };
}

/** The sound chunk, and the damaged one that was set aside behind it. */
export function readSetAsideAgain(data: Uint8Array): { sound: Uint8Array; damaged: Uint8Array } {
  const cursor = new Cursor(data);
  const [, size] = [cursor.u8(), cursor.size()];
  return { sound: cursor.take(size), damaged: data.slice(cursor.at) };
}

/** What chunks of either kind have in common. */
function framedIn(data: Uint8Array): { count: number; first: bigint; resolution: number; streams: Streams } {
  const cursor = new Cursor(data);
  const [, packing] = [cursor.u8(), cursor.u8()];
  const [count, first] = [cursor.size(), cursor.signed()];
  const [, resolution, headSize, tokenCount] = [cursor.varint(), cursor.size(), cursor.size(), cursor.size()];
  const tokenSize = packing === 0 ? tokenCount : cursor.size();
  const head = new Cursor(cursor.take(headSize));
  const tokens = new Cursor(tokensOf(packing, cursor.take(tokenSize), tokenCount));
  const streams = { head, tokens, bits: new Cursor(data.subarray(cursor.at, data.length - 4)) };
  return { count, first, resolution, streams };
}

/** The column that a block keeps in these bytes. */
export function readBlockColumnAgain(bytes: Uint8Array, rows: number): number[] {
  const cursor = new Cursor(bytes);
  return bytes.length === 0
    ? new Array<number>(rows).fill(0)
    : columnOf(rows, { head: cursor, tokens: cursor, bits: cursor });
}

/** The columns of a block, undecoded. */
export function readBlockAgain(data: Uint8Array): {
  times: number[];
  series: number[];
  columns: Uint8Array[];
} {
  const cursor = new Cursor(data);
  const [, rows, count] = [cursor.u8(), cursor.size(), cursor.size()];
  const times = [Number(cursor.signed())];
  for (let step = 0; times.length < rows; ) {
    step += Number(cursor.signed());
    times.push(times.at(-1)! + step);
  }
  const series: number[] = [];
  while (series.length < count) {
    series.push((series.at(-1) ?? 0) + Number(cursor.signed()));
    for (let more = cursor.size(); more > 0; more--) series.push(series.at(-1)! + 1);
  }
  const sizes = series.map(() => cursor.size());
  return { times, series, columns: sizes.map((size) => cursor.take(size)) };
}

function tokensOf(packing: number, packed: Uint8Array, count: number): Uint8Array {
  if (packing === 0) return packed;
  if (packing === 1) return zstdDecompressSync(packed);
  const cursor = new Cursor(packed);
  const frequencies = Array.from({ length: cursor.size() }, () => cursor.size());
  const slots = frequencies.flatMap((frequency, symbol) =>
    Array.from({ length: frequency }, (_, i) => ({ symbol, frequency, i })),
  );
  let x = cursor.take(4).reduceRight((state, byte) => state * 256 + byte, 0);
  return Uint8Array.from({ length: count }, () => {
    const { symbol, frequency, i } = slots[x % 4_096]!;
    x = frequency * Math.floor(x / 4_096) + i;
    while (x < 2 ** 23) x = x * 256 + cursor.u8();
    return symbol;
  });
}

function timesOf(count: number, first: bigint, streams: Streams): number[] {
  if (streams.head.u8() === 1) return columnOf(count, streams);
  const times: bigint[] = [];
  while (times.length < count) {
    times.push((times.at(-1) ?? first) + streams.head.varint());
    const more = streams.head.size();
    const step = more === 0 ? 0n : streams.head.varint();
    for (let i = 0; i < more; i++) times.push(times.at(-1)! + step);
  }
  return times.map(Number);
}

function columnOf(count: number, streams: Streams): number[] {
  const { head } = streams;
  const form = head.u8();
  const numbers = [
    (): (() => number[]) => () => [],
    () => sameOf((form >> 3) & 15, head),
    () => decimalsOf((form >> 3) & 3, form >> 5, streams),
    () => doublesOf((form >> 3) & 3, streams),
  ][form & 3]!();
  const exceptions = new Map<number, number>();
  let at = 0;
  for (let runs = form & 4 ? head.size() : 0; runs > 0; runs--) {
    at += head.size();
    const packed = head.size();
    const value = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0][packed % 4]!;
    for (const end = at + Math.floor(packed / 4) + 1; at < end; at++) exceptions.set(at, value);
  }
  const others = numbers(count - exceptions.size)[Symbol.iterator]();
  return Array.from({ length: count }, (_, i) => exceptions.get(i) ?? others.next().value!);
}

type Numbers = (count: number) => number[];

function sameOf(places: number, head: Cursor): Numbers {
  const first = Number(head.signed());
  return (count) => new Array<number>(count).fill(first / 10 ** places);
}

function decimalsOf(order: number, lead: number, { head, tokens, bits }: Streams): Numbers {
  const places = head.u8();
  const [first, unit, usual, size] = [head.signed(), head.varint(), head.signed(), head.size()];
  return (count) => {
    let [u, s] = [0n, 0n];
    const deltas = numbersOf(tokens.take(count - 1), bits.take(size), lead);
    const all = deltas.map((delta) => {
      s = (order === 2 ? s : 0n) + delta + usual;
      u = (order === 0 ? 0n : u) + s;
      return first + u * unit;
    });
    return [first, ...all].map((number) => Number(number) / 10 ** places);
  };
}

function doublesOf(order: number, { head, tokens, bits }: Streams): Numbers {
  const shift = BigInt(head.u8());
  const reference = new BigUint64Array(head.take(8).buffer)[0]!;
  const size = head.size();
  return (count) => {
    let base = reference;
    const all = numbersOf(tokens.take(count), bits.take(size), 1).map((difference) => {
      const number = BigInt.asUintN(64, (difference << shift) + base);
      if (order === 1) base = number;
      return number;
    });
    return [...new Float64Array(BigUint64Array.from(all).buffer)];
  };
}

function numbersOf(tokens: Uint8Array, bytes: Uint8Array, lead: number): bigint[] {
  let bits = bytes.reduceRight((all, byte) => all + byte.toString(2).padStart(8, '0'), '');
  return [...tokens].map((token) => {
    const index = Math.floor((token + 1) / 2);
    const extra = Math.max(0, (index >> lead) - 1);
    const loose = extra === 0 ? 0n : BigInt(`0b${bits.slice(-extra)}`);
    if (extra > 0) bits = bits.slice(0, -extra);
    const magnitude = (BigInt(index - (extra << lead)) << BigInt(extra)) + loose;
    return token % 2 === 1 ? magnitude : -magnitude;
  });
}
