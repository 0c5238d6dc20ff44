import fc from 'fast-check';
import { sampleKey } from '@guardia/model';
import { describe, expect, it, test } from 'vitest';
import { ExpositionParser } from './exposition-parser.ts';
import { outcome, type Parsed, parse } from './test/parse.ts';

const values = (text: string, format: 'text' | 'openmetrics' = 'text') => parse(text, format).values;

describe('the Prometheus text format', () => {
  it.each<[string, string, Record<string, number>]>([
    ['a name and a value', 'up_time 1\n', { up_time: 1 }],
    ['empty lines, and lines of blanks', '\n\na 1\n \t\n\nb 2\n\n', { a: 1, b: 2 }],
    ['lines that end with CR LF', '# TYPE a gauge\r\na 1\r\n\r\nb{c="d"} 2\r\n', { a: 1, 'b{c="d"}': 2 }],
    ['nothing', '', {}],
    ['nothing but remarks', '# hello\n#\n#x 1\n', {}],
    ['blanks and tabs between all', ' \ta \t{ b = "c" , d\t=\t"e" } \t 1 \t\n', { 'a{b="c",d="e"}': 1 }],
    ['no blank behind the labels', 'a{b="c"}1\n', { 'a{b="c"}': 1 }],
    ['a comma after the last label', 'a{b="c",} 1\n', { 'a{b="c"}': 1 }],
    ['no labels in braces', 'a{} 1\n', { a: 1 }],
    ['a colon in the name', 'job:rate:5m 1\n', { 'job:rate:5m': 1 }],
    ['labels in another order', 'a{z="1",b="2"} 1\n', { 'a{b="2",z="1"}': 1 }],
    ['a label without a value, which is none', 'a{b="",c="d"} 1\n', { 'a{c="d"}': 1 }],
    ['escapes', `${String.raw`a{b="\\ \" \n \x"} 1`}\n`, { [sampleKey('a', { b: '\\ " \n \\x' })]: 1 }],
    ['braces, commas and hashes in a value', 'a{b="} # , 1 {"} 2\n', { 'a{b="} # , 1 {"}': 2 }],
    ['any Unicode in a value', 'a{b="übér 日本 🚀 \u0000"} 1\n', { 'a{b="übér 日本 🚀 \u0000"}': 1 }],
    ['a quoted name', '{"my.name",a="b"} 1\n', { 'my.name{a="b"}': 1 }],
    ['a quoted name alone', '{"größe"} 1\n', { größe: 1 }],
    ['quoted names of labels', 'a{"b.c"="d"} 1\n', { 'a{b.c="d"}': 1 }],
    ['a name with what keys have a meaning for', '{"a{b=\\"c\\"}"} 1\n', { a_b__c__: 1 }],
    [
      'a series twice, of which the last counts',
      'a{b="c",d="e"} 1\na{d="e",b="c"} 2\n',
      { 'a{b="c",d="e"}': 2 },
    ],
    [
      'types of both formats',
      '# TYPE a untyped\n# TYPE b gaugehistogram\n# UNIT a s\n# HELP a\na 1\n',
      { a: 1 },
    ],
    ['the end mark of the other format', 'a 1\n# EOF\nb 2\n', { a: 1, b: 2 }],
    [
      'histograms and summaries',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 3\nh_sum 1.5\nh_count 3\n# TYPE s summary\ns{quantile="0.5"} NaN\n',
      { 'h_bucket{le="+Inf"}': 3, h_sum: 1.5, h_count: 3, 's{quantile="0.5"}': Number.NaN },
    ],
  ])('takes %s', (_name, text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  it('takes time stamps in milliseconds', () => {
    expect(parse('a 1 1700000000123\nb 2\na 3 1700000000124 \n')).toEqual({
      count: 3,
      values: { b: 2 },
      stamped: { 'a@1700000000123': 1, 'a@1700000000124': 3 },
    });
  });
});

describe('OpenMetrics', () => {
  it('takes seconds, exemplars and its end', () => {
    const text = [
      '# TYPE a counter',
      '# UNIT a seconds',
      'a_total{b="c"} 3 # {trace_id="x # y"} 0.5',
      'b_bucket{le="1"} 4 1700000000.123 # {} 0.5 1700000000.1',
      'c 5',
      '# EOF',
    ].join('\n');
    expect(parse(text, 'openmetrics')).toEqual({
      count: 3,
      values: { 'a_total{b="c"}': 3, c: 5 },
      stamped: { 'b_bucket{le="1"}@1700000000123': 4 },
    });
  });

  it.each(['# EOF', '# EOF\n', '# EOF\r\n', 'a 1\n# EOF\n\n'])('ends with %j', (text) => {
    expect(outcome(text, 'openmetrics')).toBeTypeOf('object');
  });
});

const LONG = 'x'.repeat(5_000);
const MANY_LABELS = Array.from({ length: 129 }, (_, i) => `l${i}="v"`).join();

/** Fixtures by their mistake. */
const MISTAKES: readonly [mistake: string, text: string, error: string | RegExp][] = [
  ['no-value', 'a 1\nb\n', 'line 2, column 2: must be a number, in "b"'],
  ['value-a-word', 'go_threads x12\n', 'line 1, column 12: must be a number, in "go_threads x12"'],
  ['value-hexadecimal', 'a 0x1p3\n', /column 3: must be a number/],
  ['value-with-underscores', 'a 1_000\n', /column 3: must be a number/],
  ['value-beyond-doubles', 'a 1e999\n', /column 3: must be a number/],
  ['value-with-decimal-comma', 'a 1,5\n', /column 3: must be a number/],
  ['name-begins-with-digit', '2nd 1\n', /column 1: must begin with the name of a metric, or \{/],
  ['name-with-dash', 'a-b 1\n', /column 2: must be a number/],
  ['name-missing', '{b="c"} 1\n', /column 1: must name a metric/],
  ['name-empty', '{""} 1\n', /column 2: must be a name, not empty/],
  ['name-too-long', `${LONG} 1\n`, /column 1: a name has 5000 bytes, must have at most 512/],
  ['name-twice', 'a{"b"} 1\n', /column 6: must be = after the name of a label/],
  ['label-without-value', 'a{b} 1\n', /column 4: must be = after the name of a label/],
  ['label-without-quotes', 'a{b=c} 1\n', /column 5: must be the value of b, in quotes/],
  ['label-begins-with-digit', 'a{2b="c"} 1\n', /column 3: must be the name of a label, or \}/],
  ['label-with-colon', 'a{b:c="d"} 1\n', /column 4: must be = after/],
  ['label-twice', 'a{b="1",b="2"} 1\n', /column 9: must name the label b once/],
  ['label-that-means-the-metric', 'a{__name__="b"} 1\n', /must have no label __name__/],
  ['label-name-too-long', `a{${LONG}="b"} 1\n`, /a name has 5000 bytes, must have at most 512/],
  ['label-value-too-long', `a{b="${LONG}"} 1\n`, /the value of b has 5000 bytes, must have at most 4096/],
  ['labels-too-many', `a{${MANY_LABELS}} 1\n`, /must have at most 128 labels/],
  ['labels-without-comma', 'a{b="c" d="e"} 1\n', /column 9: must be , or \} after a label/],
  ['labels-not-closed', 'a{b="c" 1\nb 2\n', /column 9: must be , or \}/],
  ['quote-not-closed', 'a{b="c} 1\nb{c="d"} 2\n', /line 1, column 5: must end with " on the same line/],
  ['quote-not-closed-at-the-end', 'a{b="c\\', /line 1, column 5: must end with "/],
  ['type-unknown', '# TYPE a gadget\n', /column 10: must be a type: counter, gauge/],
  ['type-missing', '# TYPE a\n', /column 9: must be a type/],
  ['help-without-name', '# HELP\n', /column 7: must name a metric/],
  [
    'time-with-decimals',
    'a 1 1.5\n',
    /column 5: must be a time in whole milliseconds since 1970, or the end/,
  ],
  ['time-before-1970', 'a 1 -5\n', /column 5: must be a time/],
  ['time-beyond-9999', 'a 1 1e300\n', /column 5: must be a time/],
  ['time-a-word', 'a 1 now\n', /column 5: must be a time/],
  ['words-after-the-time', 'a 1 5 6\n', /column 7: must be the end of the line/],
  ['exemplar-in-the-text-format', 'a 1 # {} 1\n', /column 5: must be the end of the line/],
  ['carriage-return-in-the-line', 'a 1\r2\n', /column 4: must be a time/],
  [
    'cut-off-in-a-value',
    'a 1\nb 12',
    /line 2, column 5: must end with a line feed, it is cut off, in "b 12"/,
  ],
  ['cut-off-in-a-remark', 'a 1\n# HELP b', /must end with a line feed/],
  ['cut-off-behind-a-carriage-return', 'a 1\r', /must end with a line feed/],
  ['html', '<!doctype html>\n', /line 1, column 1: must begin with the name of a metric/],
];

const OPENMETRICS_MISTAKES: typeof MISTAKES = [
  ['end-missing', 'a 1\n', /line 2, column 1: must end with # EOF, it is cut off/],
  ['end-missing-after-nothing', '', /line 1, column 1: must end with # EOF/],
  ['cut-off-in-a-value', 'a 1\nb 12', /must end with # EOF/],
  ['samples-after-the-end', '# EOF\na 1\n', /line 2, column 1: must be nothing after # EOF/],
  ['remark-after-the-end', '# EOF\n# x\n', /line 2, column 1: must be nothing after # EOF/],
  ['exemplar-without-braces', 'a 1 # x 1\n# EOF\n', /column 7: must be \{ of an exemplar/],
  ['exemplar-without-value', 'a 1 # {b="c"}\n# EOF\n', /column 14: must be the number of an exemplar/],
  ['exemplar-with-a-wrong-time', 'a 1 # {} 1 x\n# EOF\n', /column 12: must be a time in seconds since 1970/],
  ['exemplar-not-closed', 'a 1 # {b="c" 1\n# EOF\n', /column 14: must be , or \}/],
];

describe('a mistake', () => {
  it.each(MISTAKES)('%s', (_name, text, error) => {
    expect(outcome(text)).toEqual(expect.stringMatching(error));
  });

  it.each(OPENMETRICS_MISTAKES)('%s in OpenMetrics', (_name, text, error) => {
    expect(outcome(text, 'openmetrics')).toEqual(expect.stringMatching(error));
  });

  it('in the encoding of a value is found', () => {
    const text = Buffer.concat([Buffer.from('a{b="'), Buffer.of(0xc3, 0x28), Buffer.from('"} 1\n')]);
    expect(outcome(text)).toMatch(/column 6: must be UTF-8/);
  });

  it('is found in a line that was right before', () => {
    const parser = new ExpositionParser({});
    parse('a{b="c"} 1\nd 2\n', 'text', parser);
    expect(outcome('a{b="c"} 1\nd x\n', 'text', parser)).toMatch(/line 2, column 3: must be a number/);
    expect(outcome('a{b="c"} 3\nd 4\n', 'text', parser)).toMatchObject({ values: { 'a{b="c"}': 3, d: 4 } });
  });

  it('shows a part of a long line', () => {
    const message = String(outcome(`a{b="${'x'.repeat(1_000)}"} ?${'y'.repeat(1_000)}\n`));
    expect(message).toMatch(/line 1, column 1009: must be a number, in "x+\\"} \?y+"$/);
    expect(message.length).toBeLessThan(200);
  });

  it('of more series than fit is one', () => {
    const lines = Array.from({ length: 200_001 }, (_, i) => `s${i} 1`).join('\n');
    const parser = new ExpositionParser({});
    expect(outcome(lines, 'text', parser)).toMatch(/must have at most 200000 series/);
    expect(parser.isWorn).toBe(true);
  });
});

describe('labels of the configuration', () => {
  const labelled = (text: string) =>
    parse(text, 'text', new ExpositionParser({ site: 'berlin', rack: '' })).values;

  it('are added to every series', () => {
    expect(labelled('a 1\nb{z="y"} 2\n')).toEqual({ 'a{site="berlin"}': 1, 'b{site="berlin",z="y"}': 2 });
  });

  it('win over those of the exporter, which are renamed', () => {
    expect(labelled('a{site="paris",rack="7"} 1\n')).toEqual({
      'a{exported_rack="7",exported_site="paris",site="berlin"}': 1,
    });
    expect(labelled('a{site="paris",exported_site="rome"} 1\n')).toEqual({
      'a{exported_exported_site="paris",exported_site="rome",site="berlin"}': 1,
    });
  });

  it('are none of the hub’s own: target is renamed as well', () => {
    expect(values('a{target="x"} 1\n')).toEqual({ 'a{exported_target="x"}': 1 });
  });
});

test('a parser that saw many series go is worn', () => {
  const parser = new ExpositionParser({});
  for (let scrape = 0; scrape < 12; scrape += 1) {
    const lines = Array.from({ length: 100 }, (_, i) => `a{id="${scrape}-${i}"} 1`);
    expect(parser.isWorn).toBe(false);
    parse(`${lines.join('\n')}\n`, 'text', parser);
  }
  expect(parser.isWorn).toBe(false);
  parse('a 1\n', 'text', parser);
  expect(parser.isWorn).toBe(true);
});

// What a line may hold, and what a reader as plain as possible makes of it.

interface Line {
  readonly text: string;
  readonly sample: { readonly key: string; readonly value: number; readonly at: number | null } | null;
}

const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,12}$/);
const labelName = fc
  .stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/)
  .filter((text) => text !== '__name__' && text !== 'target' && !text.startsWith('exported_'));
const labels = fc.dictionary(labelName, fc.string({ unit: 'grapheme', maxLength: 12 }), { maxKeys: 4 });
const blank = fc.constantFrom(' ', '  ', '\t');
const value = fc.oneof(
  fc.double().map(String),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number.toExponential()),
  fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(9_999)).map(([a, b]) => `${a}.${b}`),
  fc.constantFrom(
    '+Inf',
    '-Inf',
    'NaN',
    'nan',
    'inf',
    '+1',
    '.5',
    '5.',
    '-0',
    '1e3',
    '1E-3',
    '1e+22',
    '00012',
  ),
);

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function numberOf(text: string): number {
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word === null) return Number(text);
  if (word[2]!.toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? -Infinity : Infinity;
}

const sampleLine: fc.Arbitrary<Line> = fc
  .record({
    name,
    labels,
    value,
    at: fc.option(fc.nat(2_000_000_000_000), { freq: 4 }),
    isQuoted: fc.boolean(),
    gap: blank,
    end: fc.constantFrom('', '', ' ', '\r'),
  })
  .map(({ name: metric, labels: given, value: number, at, isQuoted, gap, end }) => {
    const shown = Object.entries(given).map(([label, text]) => `${label}=${quoted(text)}`);
    if (isQuoted) shown.unshift(quoted(metric));
    const braces = shown.length > 0 ? `{${shown.join(',')}}` : '';
    const kept = Object.fromEntries(Object.entries(given).filter(([, text]) => text !== ''));
    return {
      text: `${isQuoted ? '' : metric}${braces}${gap}${number}${at === null ? '' : `${gap}${at}`}${end}`,
      sample: { key: sampleKey(metric, kept), value: numberOf(number), at },
    };
  });

const otherLine: fc.Arbitrary<Line> = fc
  .constantFrom('', ' ', '# a remark', '# HELP a b', '# TYPE a gauge', '#')
  .map((text) => ({ text, sample: null }));

const line = fc.oneof({ arbitrary: sampleLine, weight: 4 }, { arbitrary: otherLine, weight: 1 });

function expected(lines: readonly Line[]): Parsed {
  const samples = lines.flatMap(({ sample }) => sample ?? []);
  const plain = samples.filter(({ at }) => at === null);
  const stamped = samples.filter(({ at }) => at !== null);
  return {
    count: samples.length,
    values: Object.fromEntries(plain.map(({ key, value: number }) => [key, number])),
    stamped: Object.fromEntries(stamped.map(({ key, at, value: number }) => [`${key}@${at}`, number])),
  };
}

const textOf = (lines: readonly Line[]): string => lines.map(({ text }) => `${text}\n`).join('');

test('whatever was said before, an exposition always says what a plain reader finds in it', () => {
  // scrapes pick from one pool of lines, so that the same ones come again, in other places and with other values
  const scrapes = fc.array(line, { minLength: 1, maxLength: 20 }).chain((pool) =>
    fc.array(fc.oneof(fc.shuffledSubarray(pool), fc.subarray(pool), fc.constant(pool)), {
      minLength: 1,
      maxLength: 5,
    }),
  );
  fc.assert(
    fc.property(scrapes, (bodies) => {
      const parser = new ExpositionParser({});
      for (const lines of bodies) expect(parse(textOf(lines), 'text', parser)).toEqual(expected(lines));
    }),
    { numRuns: 300 },
  );
});

test('a damaged exposition is refused with a sentence or read, and never differently for what was said before', () => {
  const damage = fc.record({
    at: fc.nat(),
    byte: fc.constantFrom(...Buffer.from('\n\r\t {}"\\,=#.-+0aE\x00\xff', 'latin1')),
  });
  const lines = fc.array(line, { minLength: 1, maxLength: 12 });
  const format = fc.constantFrom('text' as const, 'openmetrics' as const);
  fc.assert(
    fc.property(lines, fc.array(damage, { maxLength: 3 }), fc.nat(), format, (given, damages, cut, kind) => {
      const before = Buffer.from(`${textOf(given)}# EOF\n`);
      const after = Buffer.from(before);
      for (const { at, byte } of damages) after[at % after.length] = byte;
      const body = cut % 3 === 0 ? after.subarray(0, cut % after.length) : after;
      const warm = new ExpositionParser({});
      outcome(before, kind, warm);
      expect(outcome(body, kind, warm)).toEqual(outcome(body, kind));
    }),
    { numRuns: 500 },
  );
});
