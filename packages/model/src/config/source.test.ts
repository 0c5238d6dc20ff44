// The readers of YAML, JSON and TOML: the same values and the lines of each, whatever the format.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConfigExtension, readSource } from './source.ts';

const EXPECTED = {
  api: { port: 8080, enable_cors: true },
  servers: [
    { ip: '10.0.0.5', display: 'a "b" # c' },
    { ip: '::1', limits: { usage: { limit: 90.5 } } },
  ],
};

const YAML = `# first
api:
  port: 8080
  enable_cors: true
  _why: because
servers:
  - ip: 10.0.0.5
    display: 'a "b" # c'
    token: null
  - ip: "::1"
    limits:
      usage: { limit: 90.5 }
`;

const JSON_TEXT = `{
  "_comment": 1,
  "api": { "port": 8080,
    "enable_cors": true, "_why": "because"
  },
  "servers": [
    { "ip": "10.0.0.5",
      "display": "a \\"b\\" # c", "token": null },
    {
      "ip": "::1",
      "limits": { "usage": { "limit": 90.5 } }
    }
  ]
}
`;

const TOML = `# first
[api]
port = 8080
enable_cors = true
_why = """
because # not a comment
"""

[[servers]]
ip = '10.0.0.5'
display = "a \\"b\\" # c"

[[servers]]
ip = "::1" # this machine
[servers.limits.usage]
limit = 90.5
`;

const INLINE_TOML = `_note = '''
[api]
port = 1'''
_when = 2026-11-21 07:30:00
api.port = 8080
api.enable_cors = true
servers = [
  { ip = "10.0.0.5", "display" = "a \\"b\\" # c" },
  # the second
  { ip = "::1",
    limits = { usage.limit = 90.5 } },
]
`;

describe.each<[string, ConfigExtension, string, number[]]>([
  ['YAML', '.yaml', YAML, [3, 7, 8, 10, 12]],
  ['JSON', '.json', JSON_TEXT, [3, 7, 8, 10, 11]],
  ['TOML', '.toml', TOML, [3, 10, 11, 14, 16]],
  ['TOML in inline tables', '.toml', INLINE_TOML, [5, 8, 8, 10, 11]],
])('%s', (_, extension, text, lines) => {
  test('gives the values, without comments and nulls', () => {
    expect(readSource(text, extension).value).toEqual(EXPECTED);
  });

  test('knows the line of each key', () => {
    const source = readSource(text, extension);
    const paths = [
      ['api', 'port'],
      ['servers', 0, 'ip'],
      ['servers', 0, 'display'],
      ['servers', 1, 'ip'],
      ['servers', 1, 'limits', 'usage', 'limit'],
    ];
    expect(paths.map((path) => source.lineOf(path))).toEqual(lines);
  });

  test('gives a missing key the line of what it is missing from', () => {
    const source = readSource(text, extension);
    expect(source.lineOf(['api', 'bind'])).toBe(source.lineOf(['api']));
    expect(source.lineOf(['nothing', 'here'])).toBeNull();
  });
});

test('TOML arrays of tables within arrays of tables have their own lines', () => {
  const source = readSource('[[a]]\nx = 1\n[[a.b]]\ny = 1\n[[a.b]]\ny = 2\n[[a]]\n[[a.b]]\ny = 3\n', '.toml');
  const lines = [source.lineOf(['a', 0, 'b', 1, 'y']), source.lineOf(['a', 1, 'b', 0, 'y'])];
  expect(lines).toEqual([6, 9]);
});

test('YAML merge keys and anchors give values, and lines where they are used', () => {
  const text =
    '_base: &base { usage: { limit: 90 } }\nservers:\n  - limits:\n      <<: *base\n  - limits: *base\n';
  const source = readSource(text, '.yaml');
  expect(source.value).toEqual({
    servers: [{ limits: { usage: { limit: 90 } } }, { limits: { usage: { limit: 90 } } }],
  });
  expect(source.lineOf(['servers', 1, 'limits', 'usage', 'limit'])).toBe(5);
});

test('three hundred uses of one anchor are no bomb', () => {
  const text = `_l: &l { usage: { limit: 90 } }\nservers:\n${'  - limits: *l\n'.repeat(300)}`;
  expect(readSource(text, '.yaml').value).toMatchObject({ servers: { length: 300 } });
});

test.each<[ConfigExtension, string]>([
  ['.yaml', 'id: 123456789012345678\n'],
  ['.json', '{ "id": 123456789012345678 }'],
  ['.toml', 'id = 123456789012345678\n'],
])('an integer beyond safe ones stays exact in %s', (extension, text) => {
  expect(readSource(text, extension).value).toEqual({ id: '123456789012345678' });
});

test.each<[ConfigExtension, string]>([
  ['.yaml', '['.repeat(1_000_000)],
  ['.json', '['.repeat(1_000_000)],
  ['.toml', `a = ${'['.repeat(1_000_000)}`],
])('a million open brackets in %s are an error, not a crash', (extension, text) => {
  const { faults, value } = readSource(text, extension);
  expect(faults[0]?.message).toMatch(/deep|not valid/);
  expect(faults.length).toBeLessThanOrEqual(10);
  expect(value).toBeUndefined();
});

test('JSON is always read as JSON.parse reads it', () => {
  const key = fc.string({ maxLength: 5 }).filter((name) => !name.startsWith('_'));
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify({ value }, null, indent);
      expect(readSource(text, '.json').value).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  '{"a":01}',
  '{"a":+1}',
  '{"a":.5}',
  "{'a':1}",
  '{"a":"\\x"}',
  '{"a":tru}',
  '[1,]',
  '{"a" 1}',
  '"',
  '{,}',
])('refuses %s as JSON.parse does', (text) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect(readSource(text, '.json').faults).toHaveLength(1);
});

test.each<[string, string, number, RegExp]>([
  ['one space too many', 'a:\n- b: 1\n  c: x\n   d: 2\n', 3, /a key within the value/],
  ['a colon in a text', 'a: b: c\n', 1, /put a text that holds ": " in quotes/],
  ['no space behind a colon', 'a:1\nb: 2\n', 1, /must be "key: value", with the space/],
  ['one space too few', 'a:\n  b: 1\n c: 2\n', 3, /indent it as its neighbours/],
  ['a list that is not closed', 'a: [1, 2\nb: 3\n', 2, /close brackets/],
  ['tabs', 'a:\n\t- b: 1\n', 2, /use spaces/],
])('YAML with %s is told in plain words, once a line', (_, text, line, message) => {
  expect(readSource(text, '.yaml').faults).toMatchObject([{ line, message: expect.stringMatching(message) }]);
});

test.each<[string, string, RegExp]>([
  ['without its closing quote', 'a = "x\nb = 1\n', /closing quote missing/],
  ['of a duration without quotes', 'a = 10s\n', /in quotes, such as "10s"/],
  ['as in YAML', 'a: 1\n', /write key = value/],
])('TOML %s says what mends it', (_, text, message) => {
  expect(readSource(text, '.toml').faults).toMatchObject([
    { line: 1, message: expect.stringMatching(message) },
  ]);
});
