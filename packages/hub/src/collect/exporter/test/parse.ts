// Parses text for tests, and says what came of it in a form that compares well. The parser and its bytes are the real
// ones.
import { Bytes } from '../bytes.ts';
import { type ExpositionFormat, ExpositionParser } from '../exposition-parser.ts';

export interface Parsed {
  readonly count: number;
  readonly values: Readonly<Record<string, number>>;
  /** `key@time` and the value. */
  readonly stamped: Readonly<Record<string, number>>;
}

const bytes = new Bytes();

/** @throws what the parser throws */
export function parse(
  body: string | Uint8Array,
  format: ExpositionFormat = 'text',
  parser = new ExpositionParser({}),
): Parsed {
  const data = Buffer.from(body);
  bytes.fill([data], data.length);
  const count = parser.parse(bytes, format);
  const { keys, values, seenIn, scrape, stamped } = parser.table;
  const seen = keys.flatMap((key, series) => (seenIn[series] === scrape ? [[key, values[series]!]] : []));
  return {
    count,
    values: Object.fromEntries(seen),
    stamped: Object.fromEntries(stamped.map(({ series, at, value }) => [`${keys[series]}@${at}`, value])),
  };
}

/** What was parsed, or the sentence that says why it wasn't. */
export function outcome(...args: Parameters<typeof parse>): Parsed | string {
  try {
    return parse(...args);
  } catch (error) {
    if ((error as { code?: string }).code !== 'BAD_ANSWER') throw error;
    return (error as Error).message;
  }
}
