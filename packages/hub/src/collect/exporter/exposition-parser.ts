// Parses expositions of one exporter: Prometheus text 0.0.4 and OpenMetrics 1.0. What the samples become is left to the
// frame maker.
import type { EpochMs } from '@guardia/model';
import { BRACE_OPEN, Bytes, HASH, LINE_FEED, lineEnd, skipBlanks } from './bytes.ts';
import { readComment } from './comment.ts';
import { readNumber } from './number.ts';
import { Positions } from './positions.ts';
import { MAX_SERIES, SeriesTable } from './series-table.ts';
import { readSeries, seriesEnd, skipLabels } from './series-text.ts';

export type ExpositionFormat = 'text' | 'openmetrics';

/** The latest time that a sample may carry: the end of the year 9999. */
const MAX_TIME_MS = 253_402_300_799_999;
/** How many texts of series may be held beyond twice those of the newest exposition. */
const SPARE_TEXTS = 1_000;

/** One exporter says the same series in the same order again and again. So the bytes before each value are compared
 *  with those of the scrape before, and only the values are read; names, labels and comments are where that differs. */
export class ExpositionParser {
  /** What the newest exposition said, until the next one is parsed. */
  readonly table: SeriesTable;
  /** Numbers of series by the bytes that were written for them. */
  readonly #byText = new Map<string, number>();
  /** The scrape before: its bytes, where its samples lie, and by series the place of its sample among them. */
  readonly #last = new Bytes();
  #lastAt = new Positions();
  #sampleOf = new Int32Array(0);
  #nextAt = new Positions();
  #format: ExpositionFormat = 'text';
  #isEnded = false;
  readonly #number = new Float64Array(1);

  /** @param labels added to every series */
  constructor(labels: Readonly<Record<string, string>>) {
    this.table = new SeriesTable(labels);
  }

  /** Whether most of what it holds is of series that went away: time for a new parser. */
  get isWorn(): boolean {
    return this.table.isFull || this.#byText.size > 2 * this.#lastAt.count + SPARE_TEXTS;
  }

  /** Takes an exposition into the table, and answers how many samples it has. Of two samples of one series the last one
   *  counts. One wrong line makes the whole exposition wrong.
   *  @throws {BadAnswer} with line, column, and what must be there */
  parse(bytes: Bytes, format: ExpositionFormat): number {
    if (format !== this.#format) this.#lastAt.count = 0;
    this.#format = format;
    this.#isEnded = false;
    this.#nextAt.count = 0;
    this.table.begin();
    const isSame = this.#readSamples(bytes);
    if (format === 'openmetrics' && !this.#isEnded) {
      throw bytes.mistake(bytes.length, 'must end with # EOF, it is cut off');
    }
    if (format === 'text' && bytes.length > 0 && bytes.data[bytes.length - 1] !== LINE_FEED) {
      throw bytes.mistake(bytes.length, 'must end with a line feed, it is cut off');
    }
    const { count } = this.#nextAt;
    if (!isSame || count !== this.#lastAt.count) this.#remember(bytes);
    return count;
  }

  /** Whether each sample is where the scrape before had it. */
  #readSamples(bytes: Bytes): boolean {
    const next = this.#nextAt;
    const last = this.#lastAt;
    let isSame = true;
    let expected = 0;
    let at = 0;
    while (at < bytes.length) {
      let end = expected < last.count ? this.#readExpected(bytes, at, expected) : -1;
      if (end !== -1) {
        next.push(at, last.length[expected]!, last.series[expected]!);
        expected += 1;
      } else {
        const line = this.#skipComments(bytes, at);
        if (line >= bytes.length) break;
        isSame = false;
        end = this.#readOther(bytes, at, line);
        expected = this.#sampleAfter(next.series[next.count - 1]!, expected);
      }
      at = this.#takeValue(bytes, end, next.series[next.count - 1]!);
    }
    return isSame;
  }

  /** Reads the value where the bytes before it are those of the scrape before. Answers the place behind it, else -1. */
  #readExpected(bytes: Bytes, at: number, sample: number): number {
    const length = this.#lastAt.length[sample]!;
    if (at + length > bytes.length) return -1;
    if (!areSame(bytes.view, at, this.#last.view, this.#lastAt.start[sample]!, length)) return -1;
    return readNumber(bytes.data, at + length, this.#number);
  }

  /** Reads the sample whose line begins at `line`, with comments from `at` on. Answers the place behind its value. */
  #readOther(bytes: Bytes, at: number, line: number): number {
    const { end: valueAt, series } = this.#readSeries(bytes, line);
    const end = readNumber(bytes.data, valueAt, this.#number);
    if (end === -1) throw bytes.mistake(valueAt, 'must be a number');
    this.#nextAt.push(at, valueAt - at, series);
    return end;
  }

  /** Number of the series that is written at `at`, and the place of its value. */
  #readSeries(bytes: Bytes, at: number): { series: number; end: number } {
    const textEnd = seriesEnd(bytes.data, at);
    const text = bytes.text(at, textEnd);
    const known = this.#byText.get(text);
    if (known !== undefined) return { series: known, end: textEnd };
    const { name, labels, end } = readSeries(bytes, at);
    const series = this.table.add(name, labels);
    if (series === -1) throw bytes.mistake(at, `must have at most ${MAX_SERIES} series`);
    this.#byText.set(text, series);
    return { series, end };
  }

  /** The beginning of the next line that is neither empty nor a comment. */
  #skipComments(bytes: Bytes, at: number): number {
    let i = at;
    while (i < bytes.length) {
      const from = skipBlanks(bytes.data, i);
      const nextLine = lineEnd(bytes.data, from);
      if (nextLine !== -1) i = nextLine;
      else if (this.#isEnded) throw bytes.mistake(from, 'must be nothing after # EOF');
      else if (bytes.data[from] === HASH) {
        const comment = readComment(bytes, from);
        this.#isEnded = comment.isEof && this.#format === 'openmetrics';
        i = comment.end;
      } else return from;
    }
    return i;
  }

  /** Which sample of the scrape before is expected after one that wasn't: the one after it, where it was there. */
  #sampleAfter(series: number, expected: number): number {
    const sample = this.#sampleOf[series] ?? -1;
    return sample === -1 ? expected : sample + 1;
  }

  /** Takes the value that was read, with its time if it has one. Answers the beginning of the next line. */
  #takeValue(bytes: Bytes, valueEnd: number, series: number): number {
    const value = this.#number[0]!;
    if (bytes.data[valueEnd] === LINE_FEED) {
      this.table.put(series, value);
      return valueEnd + 1;
    }
    const { data } = bytes;
    let at = skipBlanks(data, valueEnd);
    if (lineEnd(data, at) !== -1 || data[at] === HASH) this.table.put(series, value);
    else {
      const timeEnd = readNumber(data, at, this.#number);
      this.table.putStamped({ series, at: this.#time(bytes, at, timeEnd), value });
      at = skipBlanks(data, timeEnd);
    }
    if (data[at] === HASH && this.#format === 'openmetrics') at = this.#skipExemplar(bytes, at);
    const nextLine = lineEnd(data, at);
    if (nextLine === -1) throw bytes.mistake(at, 'must be the end of the line');
    return nextLine;
  }

  /** A time of a sample: whole milliseconds in the Prometheus format, seconds in OpenMetrics. */
  #time(bytes: Bytes, at: number, end: number): EpochMs {
    const number = this.#number[0]!;
    const time = this.#format === 'openmetrics' ? Math.round(number * 1_000) : number;
    if (end === -1 || !(Number.isInteger(time) && time >= 0 && time <= MAX_TIME_MS)) {
      const unit = this.#format === 'openmetrics' ? 'seconds' : 'whole milliseconds';
      throw bytes.mistake(at, `must be a time in ${unit} since 1970, or the end of the line`);
    }
    return time;
  }

  /** `# {trace_id="…"} 0.5 1700000000`: labels, a value, and a time or none. */
  #skipExemplar(bytes: Bytes, at: number): number {
    const { data } = bytes;
    const open = skipBlanks(data, at + 1);
    if (data[open] !== BRACE_OPEN) throw bytes.mistake(open, 'must be { of an exemplar');
    const valueAt = skipLabels(bytes, open);
    const valueEnd = readNumber(data, valueAt, this.#number);
    if (valueEnd === -1) throw bytes.mistake(valueAt, 'must be the number of an exemplar');
    const timeAt = skipBlanks(data, valueEnd);
    if (lineEnd(data, timeAt) !== -1) return timeAt;
    const timeEnd = readNumber(data, timeAt, this.#number);
    this.#time(bytes, timeAt, timeEnd);
    return skipBlanks(data, timeEnd);
  }

  /** Keeps the exposition for the next one to be compared with. */
  #remember(bytes: Bytes): void {
    this.#last.copy(bytes);
    [this.#lastAt, this.#nextAt] = [this.#nextAt, this.#lastAt];
    const { count, series } = this.#lastAt;
    this.#sampleOf = new Int32Array(this.table.keys.length).fill(-1);
    for (let sample = 0; sample < count; sample += 1) this.#sampleOf[series[sample]!] = sample;
  }
}

/** Compares four bytes at a time. */
function areSame(a: DataView, aAt: number, b: DataView, bAt: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (a.getInt32(aAt + i, true) !== b.getInt32(bAt + i, true)) return false;
  for (; i < length; i += 1) if (a.getUint8(aAt + i) !== b.getUint8(bAt + i)) return false;
  return true;
}
