// Turns whole numbers into small ones and back: divides by what they have in common, takes differences, and what is
// usual off those. Which values the numbers stand for is left to column.ts.

/** 0: the numbers themselves, 1: differences, 2: differences of differences. */
export type Order = 0 | 1 | 2;
const ORDERS: readonly Order[] = [0, 1, 2];
/** Numbers that the choice of order looks at. */
const LOOKED_AT = 256;
/** Fewer numbers aren't worth the look. */
const SHORT = 64;

export interface Deltas {
  readonly order: Order;
  readonly first: number;
  /** Common divisor of all differences to the first; at least 1. */
  readonly unit: number;
  /** Taken off each delta. */
  readonly usual: number;
  /** One less than numbers; empty when all are the same. */
  readonly deltas: Float64Array;
}

/** Works in place: `deltas` of the answer lie where `numbers` from the second on were. Numbers are whole, within 2^49. */
export function toDeltas(numbers: Float64Array): Deltas {
  const first = numbers[0]!;
  const unit = commonUnit(numbers, first);
  if (unit === 0) return { order: 0, first, unit: 1, usual: 0, deltas: numbers.subarray(numbers.length) };
  if (unit === 1) for (let i = 0; i < numbers.length; i++) numbers[i]! -= first;
  else for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i]! - first) / unit;
  const { order, usual } = numbers.length < SHORT ? shortOrder(numbers) : chooseOrder(numbers);
  takeDifferences(numbers, order, usual);
  return { order, first, unit, usual, deltas: numbers.subarray(1) };
}

/** Works in place: `numbers` holds deltas from the second on. What comes out is divided by `power`. */
export function fromDeltas(
  numbers: Float64Array,
  { order, first, unit, usual }: Omit<Deltas, 'deltas'>,
  power: number,
): void {
  numbers[0] = first / power;
  let units = 0;
  let step = 0;
  for (let i = 1; i < numbers.length; i++) {
    const delta = numbers[i]! + usual;
    step = order === 2 ? step + delta : delta;
    units = order === 0 ? step : units + step;
    numbers[i] = (first + units * unit) / power;
  }
}

/** Greatest common divisor of the differences to `first`; 0 when there are none. */
function commonUnit(numbers: Float64Array, first: number): number {
  let unit = 0;
  for (let i = 1; i < numbers.length && unit !== 1; i++) {
    const difference = Math.abs(numbers[i]! - first);
    if (unit === 0) unit = difference;
    else if (Math.round(difference / unit) * unit !== difference) unit = greatestCommon(difference, unit);
  }
  return unit;
}

function greatestCommon(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low !== 0) [high, low] = [low, high % low];
  return high;
}

function takeDifferences(units: Float64Array, order: Order, usual: number): void {
  for (let round = 0; round < order; round++) {
    for (let i = units.length - 1; i > round; i--) units[i]! -= units[i - 1]!;
  }
  for (let i = 1; i < units.length; i++) units[i]! -= usual;
}

/** Differences, and their mean: what a short column can be told without a look at it. */
function shortOrder(units: Float64Array): { order: Order; usual: number } {
  return { order: 1, usual: Math.trunc(units.at(-1)! / (units.length - 1)) };
}

/** The order whose deltas take the fewest bits, by a look at some of them, and the median of its deltas. */
function chooseOrder(units: Float64Array): { order: Order; usual: number } {
  let best = { order: 1 as Order, usual: 0, cost: Number.POSITIVE_INFINITY };
  for (const order of ORDERS) {
    const some = someDeltas(units, order);
    const usual = some[some.length >> 1]!;
    let cost = 0;
    for (const delta of some) cost += sizeOf(delta - usual);
    if (cost < best.cost) best = { order, usual, cost };
  }
  return best;
}

const asDouble = new Float64Array(1);
const asWords = new Uint32Array(asDouble.buffer);

/** About log2(1 + |delta|), read from the double's own exponent: the high word is linear between powers of two. */
function sizeOf(delta: number): number {
  asDouble[0] = 1 + Math.abs(delta);
  return asWords[1]! - 0x3ff00000;
}

/** Evenly spread deltas, sorted. */
function someDeltas(units: Float64Array, order: Order): Float64Array {
  const inner = units.length - 2;
  const count = Math.min(inner, LOOKED_AT);
  const some = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const i = 2 + Math.floor((k * inner) / count);
    const value = units[i]!;
    if (order === 0) some[k] = value;
    else if (order === 1) some[k] = value - units[i - 1]!;
    else some[k] = value - 2 * units[i - 1]! + units[i - 2]!;
  }
  return some.sort();
}
