// Reads numbers as Go's ParseFloat takes them from an exposition: decimals, exponents, infinities and NaN. Where a number
// may stand, and what it means, is left to the parser.

const ZERO = 48;
const POINT = 46;
const MINUS = 45;
const PLUS = 43;
const LOWER_E = 101;
const BLANK = 32;

/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MAX_EXACT_POWER = 22;
/** Exponents beyond it are read the slow way. */
const MAX_EXPONENT = 9_999;

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
/** Longer tokens aren't numbers. */
const MAX_TOKEN_BYTES = 400;

/** Reads the number at `at` into `out[0]`, correctly rounded. Answers the place behind it; -1 when there is no number,
 *  or one beyond the range of a double. `data` must go on to a byte that isn't part of a number. */
export function readNumber(data: Buffer, at: number, out: Float64Array): number {
  let i = at;
  let byte = data[i]!;
  const isNegative = byte === MINUS;
  if (isNegative || byte === PLUS) byte = data[++i]!;
  const digitsFrom = i;
  let mantissa = 0;
  while (isDigit(byte)) {
    mantissa = mantissa * 10 + (byte - ZERO);
    byte = data[++i]!;
  }
  let exponent = 0;
  let digits = i - digitsFrom;
  if (byte === POINT) {
    byte = data[++i]!;
    const fractionFrom = i;
    while (isDigit(byte)) {
      mantissa = mantissa * 10 + (byte - ZERO);
      byte = data[++i]!;
    }
    exponent = fractionFrom - i;
    digits -= exponent;
  }
  if ((byte | BLANK) === LOWER_E && digits > 0) {
    const from = i;
    i = skipExponent(data, from);
    exponent += exponentOf(data, from + 1, i);
    byte = data[i]!;
  }
  // Both factors are exact, so that one operation rounds correctly (Clinger, 1990).
  const isExact = mantissa <= Number.MAX_SAFE_INTEGER && Math.abs(exponent) <= MAX_EXACT_POWER;
  if (digits === 0 || byte > BLANK || !isExact) return readToken(data, at, out);
  const size = exponent < 0 ? mantissa / POWERS[-exponent]! : mantissa * POWERS[exponent]!;
  out[0] = isNegative ? -size : size;
  return i;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** The place behind an exponent that begins at its `e`; unchanged when no digit follows. */
function skipExponent(data: Buffer, at: number): number {
  let i = at + 1;
  if (data[i] === MINUS || data[i] === PLUS) i += 1;
  const digitsFrom = i;
  while (isDigit(data[i]!)) i += 1;
  return i === digitsFrom ? at : i;
}

function exponentOf(data: Buffer, at: number, end: number): number {
  const isNegative = data[at] === MINUS;
  let exponent = 0;
  for (let i = isNegative || data[at] === PLUS ? at + 1 : at; i < end; i += 1) {
    exponent = Math.min(MAX_EXPONENT, exponent * 10 + (data[i]! - ZERO));
  }
  return isNegative ? -exponent : exponent;
}

/** The slow way, for long numbers and words. */
function readToken(data: Buffer, at: number, out: Float64Array): number {
  let end = at;
  while (data[end]! > BLANK) end += 1;
  if (end - at > MAX_TOKEN_BYTES) return -1;
  const text = data.toString('latin1', at, end);
  const infinite = INFINITE.exec(text);
  if (infinite !== null) out[0] = infinite[1] === '-' ? -Infinity : Infinity;
  else if (text.toLowerCase() === 'nan') out[0] = Number.NaN;
  else {
    if (!DECIMAL.test(text)) return -1;
    out[0] = Number(text);
    if (!Number.isFinite(out[0])) return -1;
  }
  return end;
}
