// Packs a tier's points of one series into bytes and back, reading only the fields that are asked for. How points are
// made is left to tiers.ts.
import type { ByteReader } from './bytes.ts';
import { type ColumnSource, readColumn, skipColumn, writeColumn } from './column.ts';
import { finish, MAX_COUNT, seal, unseal } from './container.ts';
import { MAX_PLACES, POWERS_OF_TEN, toDecimals } from './decimals.ts';
import { CorruptChunk, TIER_FIELDS, type TierField, type TierPoints } from './samples.ts';
import { readTimes, writeTimes } from './times.ts';

/** In the order of the format: what others are made from comes first. */
const ORDER = ['count', 'sum', 'first', 'last', 'min', 'max', 'increase'] as const;
/** Fields that a counter without a reset doesn't need to have stored, and the bits that say so. */
const MIN_IS_FIRST = 1;
const MAX_IS_LAST = 2;
const INCREASE_IS_DIFFERENCE = 4;

/** Packs 1 to 4,194,304 points. The resolution is 1 ms at least.
 *  @throws {RangeError} for another number of points */
export function encodeTierChunk(points: TierPoints, resolutionMs: number): Uint8Array {
  const { starts } = points;
  if (starts.length < 1 || starts.length > MAX_COUNT) {
    throw new RangeError(
      `points.starts.length: ${starts.length}, must be 1 to ${MAX_COUNT}; write none without points`,
    );
  }
  const made = madeOf(points);
  return seal({ count: starts.length, minT: starts[0]!, maxT: starts.at(-1)!, resolutionMs }, (sink) => {
    writeTimes(starts, sink);
    sink.head.byte(made.bits);
    if (isMade('increase', made.bits)) sink.head.byte(made.places);
    for (const field of ORDER) if (!isMade(field, made.bits)) writeColumn(points[field], sink);
  });
}

/** Fields that aren't asked for are empty arrays.
 *  @throws {CorruptChunk} when any byte isn't as it was written */
export function decodeTierChunk(data: Uint8Array, fields: readonly TierField[] = TIER_FIELDS): TierPoints {
  const { header, source } = unseal(data);
  if (header.resolutionMs === 0) throw new CorruptChunk('The chunk holds samples, expected points of a tier');
  const { count, minT } = header;
  const starts = readTimes(count, minT, source);
  const made = readMade(source.head);
  const needed = new Set<TierField>(fields);
  if (needed.has('min') && isMade('min', made.bits)) needed.add('first');
  if (needed.has('max') && isMade('max', made.bits)) needed.add('last');
  if (needed.has('increase') && isMade('increase', made.bits)) needed.add('first').add('last');
  const columns = new Map<TierField, Float64Array>();
  for (const field of ORDER) {
    if (!isMade(field, made.bits)) readOrSkip(field, needed.has(field), count, source, columns);
    else if (needed.has(field)) columns.set(field, make(field, columns, made.places));
  }
  finish(source);
  const points = { starts } as Record<keyof TierPoints, Float64Array>;
  for (const field of TIER_FIELDS) {
    points[field] = fields.includes(field) ? columns.get(field)! : new Float64Array(0);
  }
  return points;
}

interface Made {
  readonly bits: number;
  /** Decimal places of the increase that is made. */
  readonly places: number;
}

function isMade(field: TierField, bits: number): boolean {
  if (field === 'min') return (bits & MIN_IS_FIRST) !== 0;
  if (field === 'max') return (bits & MAX_IS_LAST) !== 0;
  return field === 'increase' && (bits & INCREASE_IS_DIFFERENCE) !== 0;
}

function madeOf(points: TierPoints): Made {
  const { first, last, min, max, increase } = points;
  const places = toDecimals(increase)?.places;
  let bits = 0;
  if (alike(min, first)) bits |= MIN_IS_FIRST;
  if (alike(max, last)) bits |= MAX_IS_LAST;
  if (places !== undefined && alike(increase, difference(first, last, places)))
    bits |= INCREASE_IS_DIFFERENCE;
  return { bits, places: places ?? 0 };
}

function readMade(head: ByteReader): Made {
  const bits = head.byte();
  if (bits > 7) throw new CorruptChunk(`The fields to be made are ${bits}, known are 0 to 7`);
  const places = isMade('increase', bits) ? head.byte() : 0;
  if (places > MAX_PLACES)
    throw new CorruptChunk(`An increase has ${places} decimal places, may have ${MAX_PLACES}`);
  return { bits, places };
}

function readOrSkip(
  field: TierField,
  needed: boolean,
  count: number,
  source: ColumnSource,
  columns: Map<TierField, Float64Array>,
): void {
  if (needed) columns.set(field, readColumn(count, source));
  else skipColumn(count, source);
}

function make(field: TierField, columns: Map<TierField, Float64Array>, places: number): Float64Array {
  const first = columns.get('first');
  const last = columns.get('last');
  if (field === 'min') return first!.slice();
  if (field === 'max') return last!.slice();
  return difference(first!, last!, places);
}

/** last - first, rounded to decimal places. */
function difference(first: Float64Array, last: Float64Array, places: number): Float64Array {
  const power = POWERS_OF_TEN[places]!;
  return last.map((value, i) => Math.round((value - first[i]!) * power) / power);
}

function alike(one: Float64Array, other: Float64Array): boolean {
  for (let i = 0; i < one.length; i++) if (!Object.is(one[i], other[i])) return false;
  return true;
}
