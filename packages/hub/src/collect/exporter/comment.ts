// Reads the lines that begin with `#`: HELP, TYPE and UNIT must name a metric, the end of an OpenMetrics text is marked,
// and anything else is a remark. Nothing of them is kept.
import { type Bytes, CARRIAGE_RETURN, LINE_FEED, skipBlanks, SPACE } from './bytes.ts';
import { skipMetricName } from './series-text.ts';

const TYPES = [
  'counter',
  'gauge',
  'histogram',
  'summary',
  'untyped',
  'unknown',
  'gaugehistogram',
  'stateset',
  'info',
] as const;
/** The word and the blank behind it. */
const KEYWORD_BYTES = 5;

export interface Comment {
  /** The beginning of the next line. */
  readonly end: number;
  /** Whether it says `# EOF`. */
  readonly isEof: boolean;
}

/** Reads the comment that begins with the `#` at `at`. @throws {BadAnswer} */
export function readComment(bytes: Bytes, at: number): Comment {
  const { data } = bytes;
  const end = data.indexOf(LINE_FEED, at);
  const textEnd = data[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  const comment = { end: end + 1, isEof: textEnd - at === 5 && bytes.text(at, textEnd) === '# EOF' };
  if (data[at + 1] !== SPACE) return comment;
  const wordAt = skipBlanks(data, at + 1);
  const word = bytes.text(wordAt, Math.min(textEnd, wordAt + KEYWORD_BYTES)).trimEnd();
  if (word === 'HELP' || word === 'TYPE' || word === 'UNIT') {
    const nameEnd = skipMetricName(bytes, skipBlanks(data, wordAt + word.length));
    if (word === 'TYPE') checkType(bytes, skipBlanks(data, nameEnd), textEnd);
  }
  return comment;
}

function checkType(bytes: Bytes, at: number, end: number): void {
  const text = bytes.text(at, Math.max(at, end)).trimEnd();
  if (!TYPES.some((type) => type === text)) throw bytes.mistake(at, `must be a type: ${TYPES.join(', ')}`);
}
