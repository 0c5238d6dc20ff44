// Reads the text form of a selector: `cpu.usage`, `disk.*{mount="/",device!~"loop.*"}`, `{target="srv_…"}`. Whose name
// a target's label may be (id, alias) is left to whoever asks.
import { compilePattern } from './pattern.ts';
import type { LabelMatcher, SeriesSelector } from './query.ts';
import { QueryReader } from './query-reader.ts';

const EXAMPLE = 'disk.used_bytes{mount="/",device!~"loop.*"}';
/** Longer ones first: `=` also begins `=~`. */
const OPERATORS = ['=~', '!~', '!=', '='] as const;

/** Reads a selector:
 *
 *      selector = metric [ "{" [ matcher { "," matcher } [ "," ] ] "}" ]  |  "{" matcher { "," matcher } [ "," ] "}"
 *      matcher  = label ( "=" | "!=" | "=~" | "!~" ) string
 *
 *  A metric is letters, digits, `_`, `:`, `.`, with `*` for any characters; other names are reached by
 *  `{__name__="…"}`. Strings stand in double quotes, with `\"`, `\\` and `\n`; any other backslash is itself, so that
 *  regular expressions need none twice.
 *  @throws {QueryError} names the character where it went wrong, what is there, and an example */
export function parseSelector(text: string): SeriesSelector {
  const reader = new QueryReader(text, EXAMPLE);
  const selector = readSelector(reader);
  reader.expectEnd(selector.matchers === undefined ? "'{' or the end" : 'the end');
  return selector;
}

export function readSelector(reader: QueryReader): SeriesSelector {
  const metric = reader.metric();
  const braces = reader.oneOf(['{']) !== undefined;
  const matchers = braces ? readMatchers(reader) : undefined;
  if (metric === undefined && !braces) reader.fail("a metric name or '{'");
  // Everything there is must be asked for in so many words: `*`.
  if (metric === undefined && matchers!.length === 0) reader.fail("a metric name before '{}'");
  return { ...(metric !== undefined && { metric }), ...(matchers !== undefined && { matchers }) };
}

function readMatchers(reader: QueryReader): LabelMatcher[] {
  const matchers: LabelMatcher[] = [];
  while (reader.oneOf(['}']) === undefined) {
    if (matchers.length > 0) {
      if (reader.oneOf([',']) === undefined) reader.fail("',' or '}'");
      if (reader.oneOf(['}']) !== undefined) break;
    }
    matchers.push(readMatcher(reader));
  }
  return matchers;
}

function readMatcher(reader: QueryReader): LabelMatcher {
  const label = reader.label() ?? reader.fail('a label');
  const op = reader.oneOf(OPERATORS) ?? reader.fail('=, !=, =~ or !~');
  const value = reader.string() ?? reader.fail('a value in double quotes');
  if (op === '=~' || op === '!~') compilePattern(value);
  return { label, op, value };
}
