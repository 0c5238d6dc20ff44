// One column of doubles, in three parts: a head, tokens that compress, and bits that do not. Where the parts lie, and the
// compression of the tokens, are left to the chunk and the tier chunk.
import { BitReader, BitWriter } from './bits.ts';
import { type ByteReader, type ByteWriter, highestBit } from './bytes.ts';
import { fromDecimals, MAX_PLACES, POWERS_OF_TEN, toDecimals } from './decimals.ts';
import { fromDeltas, type Order, toDeltas } from './deltas.ts';
import { type DoublesHead, readDoubles, writeDoubles } from './doubles.ts';
import { Exceptions } from './exceptions.ts';
import { CorruptChunk } from './samples.ts';
import { leadFor, MAX_LEAD, readNumbers, writeNumbers } from './tokens.ts';

/** What the first byte of a head says in its low bits. */
const EMPTY = 0;
const SAME = 1;
const DECIMALS = 2;
const DOUBLES = 3;
const HAS_EXCEPTIONS = 4;

/** Where columns are written to, one after the other. */
export interface ColumnSink {
  readonly head: ByteWriter;
  readonly tokens: ByteWriter;
  readonly bits: ByteWriter;
}

/** Reading begins where the column before ended. */
export interface ColumnSource {
  readonly head: ByteReader;
  readonly tokens: ByteReader;
  readonly bits: ByteReader;
}

const bitWriter = new BitWriter();

export function writeColumn(values: Float64Array, sink: ColumnSink): void {
  const exceptions = Exceptions.of(values);
  const others = exceptions.without(values);
  const decimals = others.length === 0 ? undefined : toDecimals(others);
  const flag = exceptions.count > 0 ? HAS_EXCEPTIONS : 0;
  if (others.length === 0) sink.head.byte(EMPTY | flag);
  else if (decimals === undefined) writeDoubleColumn(others, flag, sink);
  else writeDecimalColumn(decimals.scaled, decimals.places, flag, sink);
  if (flag !== 0) exceptions.write(sink.head);
}

/** Reads a column of `count` values. */
export function readColumn(count: number, source: ColumnSource): Float64Array {
  const { head, others, exceptions } = openColumn(count, source);
  const values = readOthers(head, others, source);
  return exceptions === undefined ? values : exceptions.merge(values);
}

/** Goes past a column of `count` values. */
export function skipColumn(count: number, source: ColumnSource): void {
  const { head, others } = openColumn(count, source);
  if (head.form === EMPTY || head.form === SAME) return;
  source.tokens.bytes(head.form === DECIMALS ? others - 1 : others);
  source.bits.bytes(head.bitBytes);
}

function writeDecimalColumn(scaled: Float64Array, places: number, flag: number, sink: ColumnSink): void {
  const { order, first, unit, usual, deltas } = toDeltas(scaled);
  const { head } = sink;
  if (deltas.length === 0) {
    head.byte(SAME | flag | (places << 3));
    head.signed(first);
    return;
  }
  const lead = leadFor(highestOf(deltas));
  head.byte(DECIMALS | flag | (order << 3) | (lead << 5));
  head.byte(places);
  head.signed(first);
  head.varint(unit);
  head.signed(usual);
  const tokens = new Uint8Array(deltas.length);
  writeNumbers(deltas, tokens, bitWriter, lead);
  finishColumn(tokens, sink);
}

function writeDoubleColumn(values: Float64Array, flag: number, sink: ColumnSink): void {
  const tokens = new Uint8Array(values.length);
  const { order, reference, shift } = writeDoubles(values, tokens, bitWriter);
  sink.head.byte(DOUBLES | flag | (order << 3));
  sink.head.byte(shift);
  sink.head.float64(reference);
  finishColumn(tokens, sink);
}

function finishColumn(tokens: Uint8Array, sink: ColumnSink): void {
  const bits = bitWriter.take();
  sink.head.varint(bits.length);
  sink.tokens.bytes(tokens);
  sink.bits.bytes(bits);
}

function highestOf(deltas: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < deltas.length; i++) {
    const size = Math.abs(deltas[i]!);
    if (size > largest) largest = size;
  }
  return highestBit(largest);
}

interface DecimalsHead {
  readonly form: typeof DECIMALS;
  readonly places: number;
  readonly order: Order;
  readonly lead: number;
  readonly first: number;
  readonly unit: number;
  readonly usual: number;
  readonly bitBytes: number;
}

type Head =
  | { readonly form: typeof EMPTY }
  | { readonly form: typeof SAME; readonly places: number; readonly first: number }
  | DecimalsHead
  | (DoublesHead & { readonly form: typeof DOUBLES; readonly bitBytes: number });

function readHead(first: number, head: ByteReader): Head {
  const form = first & 3;
  if (form === EMPTY) return { form };
  if (form === SAME) return { form, places: (first >> 3) & 15, first: head.signed() };
  const order = (first >> 3) & 3;
  if (form === DECIMALS) {
    const lead = first >> 5;
    if (order > 2 || lead > MAX_LEAD) throw new CorruptChunk('A column has an unknown form');
    return {
      form,
      order: order as Order,
      lead,
      places: readPlaces(head),
      first: head.signed(),
      unit: head.varint(),
      usual: head.signed(),
      bitBytes: head.varint(),
    };
  }
  const shift = head.byte();
  if (order > 1 || shift > 31) throw new CorruptChunk('A column has an unknown form');
  return { form: DOUBLES, order: order as 0 | 1, shift, reference: head.float64(), bitBytes: head.varint() };
}

function readPlaces(head: ByteReader): number {
  const places = head.byte();
  if (places > MAX_PLACES)
    throw new CorruptChunk(`A column has ${places} decimal places, may have ${MAX_PLACES}`);
  return places;
}

/** Reads the head, and how many values are no exceptions. */
function openColumn(
  count: number,
  source: ColumnSource,
): { head: Head; others: number; exceptions: Exceptions | undefined } {
  const form = source.head.byte();
  const head = readHead(form, source.head);
  const exceptions = (form & HAS_EXCEPTIONS) === 0 ? undefined : Exceptions.read(source.head, count);
  const others = count - (exceptions?.count ?? 0);
  if ((head.form === EMPTY) !== (others === 0))
    throw new CorruptChunk('A column has not as many values as announced');
  return { head, others, exceptions };
}

function readOthers(head: Head, count: number, source: ColumnSource): Float64Array {
  if (head.form === EMPTY) return new Float64Array(0);
  if (head.form === SAME) return fromDecimals(new Float64Array(count).fill(head.first), head.places);
  const tokens = source.tokens.bytes(head.form === DECIMALS ? count - 1 : count);
  const bits = new BitReader(source.bits.bytes(head.bitBytes));
  const values = head.form === DECIMALS ? readDecimals(head, tokens, bits) : readDoubles(head, tokens, bits);
  bits.finish();
  return values;
}

function readDecimals(head: DecimalsHead, tokens: Uint8Array, bits: BitReader): Float64Array {
  const numbers = new Float64Array(tokens.length + 1);
  readNumbers(tokens, bits, head.lead, numbers.subarray(1));
  fromDeltas(numbers, head, POWERS_OF_TEN[head.places]!);
  return numbers;
}
