// Reads what stands before a value: the name of a metric and its labels, plain or quoted. It is called once for each
// series that is new; what the hub makes of the names is left to the series table.
import {
  BACKSLASH,
  BRACE_CLOSE,
  BRACE_OPEN,
  type Bytes,
  COMMA,
  EQUALS,
  LINE_FEED,
  QUOTE,
  SPACE,
  skipBlanks,
} from './bytes.ts';

const MAX_LABELS = 128;
const MAX_NAME_BYTES = 512;
const MAX_VALUE_BYTES = 4_096;

/** A series as an exporter writes it. */
export interface SeriesText {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** The place behind it. */
  readonly end: number;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a series that begins at `at`. @throws {BadAnswer} */
export function readSeries(bytes: Bytes, at: number): SeriesText {
  const { data } = bytes;
  const nameEnd = skipName(data, at, true);
  const plain = nameEnd > at ? limited(bytes, at, nameEnd) : null;
  const next = skipBlanks(data, nameEnd);
  if (data[next] === BRACE_OPEN) return readBraces(bytes, next, { metric: plain, at });
  if (plain === null) throw bytes.mistake(at, 'must begin with the name of a metric, or {');
  return { name: plain, labels: new Map(), end: next };
}

/** The place of the value of a series that begins at `at`, found without judging it; any place where it is wrong. */
export function seriesEnd(data: Buffer, at: number): number {
  let i = at;
  while (data[i]! > SPACE && data[i] !== BRACE_OPEN) i += 1;
  i = skipBlanks(data, i);
  if (data[i] !== BRACE_OPEN) return i;
  let isQuoted = false;
  for (; data[i] !== LINE_FEED && (isQuoted || data[i] !== BRACE_CLOSE); i += 1) {
    if (data[i] === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted && data[i] === BACKSLASH && data[i + 1] !== LINE_FEED) i += 1;
  }
  return data[i] === LINE_FEED ? i : skipBlanks(data, i + 1);
}

/** Passes over the labels of an exemplar. @throws {BadAnswer} */
export function skipLabels(bytes: Bytes, at: number): number {
  return readBraces(bytes, at, { metric: '', at }).end;
}

/** The place behind the name of a metric, in quotes or not. @throws {BadAnswer} when there is none */
export function skipMetricName(bytes: Bytes, at: number): number {
  if (bytes.data[at] === QUOTE) return readQuoted(bytes, at, 'name').end;
  const end = skipName(bytes.data, at, true);
  if (end === at) throw bytes.mistake(at, 'must name a metric');
  return end;
}

function readBraces(bytes: Bytes, open: number, given: { metric: string | null; at: number }): SeriesText {
  const { data } = bytes;
  const labels = new Map<string, string>();
  let { metric } = given;
  let i = skipBlanks(data, open + 1);
  while (data[i] !== BRACE_CLOSE) {
    const name = readLabelName(bytes, i);
    const after = skipBlanks(data, name.end);
    if (name.isQuoted && data[after] !== EQUALS && metric === null) {
      metric = name.text;
      i = after;
    } else {
      if (data[after] !== EQUALS) throw bytes.mistake(after, 'must be = after the name of a label');
      const value = readQuoted(bytes, skipBlanks(data, after + 1), 'value', name.text);
      addLabel(bytes, i, labels, [name.text, value.text]);
      i = skipBlanks(data, value.end);
    }
    if (data[i] === COMMA) i = skipBlanks(data, i + 1);
    else if (data[i] !== BRACE_CLOSE) throw bytes.mistake(i, 'must be , or } after a label');
  }
  if (metric === null) throw bytes.mistake(given.at, 'must name a metric');
  return { name: metric, labels, end: skipBlanks(data, i + 1) };
}

function addLabel(
  bytes: Bytes,
  at: number,
  labels: Map<string, string>,
  [name, value]: [string, string],
): void {
  if (name === '__name__') throw bytes.mistake(at, 'must have no label __name__: it means the metric');
  if (labels.has(name)) throw bytes.mistake(at, `must name the label ${name} once`);
  if (labels.size === MAX_LABELS) throw bytes.mistake(at, `must have at most ${MAX_LABELS} labels`);
  labels.set(name, value);
}

interface Token {
  readonly text: string;
  readonly end: number;
}

function readLabelName(bytes: Bytes, at: number): Token & { readonly isQuoted: boolean } {
  if (bytes.data[at] === QUOTE) return { ...readQuoted(bytes, at, 'name'), isQuoted: true };
  const end = skipName(bytes.data, at, false);
  if (end === at) throw bytes.mistake(at, 'must be the name of a label, or }');
  return { text: limited(bytes, at, end), end, isQuoted: false };
}

/** Text in quotes. In it `\\`, `\"` and `\n` are escapes; any other backslash stands for itself. */
function readQuoted(bytes: Bytes, at: number, what: 'name' | 'value', label = ''): Token {
  const { data } = bytes;
  if (data[at] !== QUOTE) throw bytes.mistake(at, `must be the value of ${label}, in quotes`);
  let end = at + 1;
  while (data[end] !== QUOTE) {
    if (data[end] === BACKSLASH && data[end + 1] !== LINE_FEED) end += 1;
    if (data[end] === LINE_FEED) throw bytes.mistake(at, 'must end with " on the same line');
    end += 1;
  }
  const text = what === 'name' ? limited(bytes, at + 1, end) : limited(bytes, at + 1, end, label);
  if (what === 'name' && text === '') throw bytes.mistake(at, 'must be a name, not empty');
  return { text: unescaped(text), end: end + 1 };
}

/** Text of at most as many bytes as a name, or as the value of a label may have. */
function limited(bytes: Bytes, from: number, to: number, label?: string): string {
  const size = to - from;
  const limit = label === undefined ? MAX_NAME_BYTES : MAX_VALUE_BYTES;
  if (size > limit) {
    const what = label === undefined ? 'a name' : `the value of ${label}`;
    throw bytes.mistake(from, `${what} has ${size} bytes, must have at most ${limit}`);
  }
  try {
    return UTF8.decode(bytes.data.subarray(from, to));
  } catch {
    throw bytes.mistake(from, 'must be UTF-8');
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\[\\"n]/g, (pair) => ESCAPES[pair]!) : text;
}

/** The place behind a plain name: letters, digits, `_`, and for a metric `:`; it doesn't begin with a digit. */
function skipName(data: Buffer, at: number, isMetric: boolean): number {
  let i = at;
  while (isNameByte(data[i]!, isMetric) || (i > at && isDigit(data[i]!))) i += 1;
  return i;
}

function isNameByte(byte: number, isMetric: boolean): boolean {
  const letter = byte | 32;
  return (letter >= 97 && letter <= 122) || byte === 95 || (isMetric && byte === 58);
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
