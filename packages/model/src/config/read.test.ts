// Whatever a file holds, reading it ends with a configuration or with problems.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valueAt } from './problem.ts';
import { readConfig } from './read.ts';

const ORIGINAL = readFileSync(new URL('../../../../examples/original.json', import.meta.url), 'utf8');

const read = (text: string, extension: '.yaml' | '.toml' | '.json') =>
  readConfig({ file: 'f', absoluteFile: '/tmp/f', extension, text }, {});

/** The paths of all values below one. */
function pathsOf(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const part = Array.isArray(value) ? Number(key) : key;
    return [[part], ...pathsOf(item).map((path) => [part, ...path])];
  });
}

test('any text is met with a configuration or with problems', async () => {
  const fragment = fc.constantFrom(
    'servers',
    ':',
    '\n',
    ' ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '=',
    '&a',
    '*a',
    '<<',
    '#',
    '|',
    '1',
  );
  const text = fc
    .array(fc.oneof(fragment, fc.string({ maxLength: 3 })), { maxLength: 25 })
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom('.yaml', '.toml', '.json'), async (written, extension) => {
      const loaded = await read(written, extension);
      expect(loaded.ok || loaded.problems.length > 0).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('any one value replaced by another is met with a configuration, or with a problem that has a line', async () => {
  const paths = pathsOf(JSON.parse(ORIGINAL));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 2 }), async (path, value) => {
      const config: unknown = JSON.parse(ORIGINAL);
      Reflect.set(valueAt(config, path.slice(0, -1)) as object, path.at(-1)!, value);
      const loaded = await read(JSON.stringify(config, null, 2), '.json');
      const places = loaded.ok ? [] : loaded.problems.map(({ line }) => line);
      expect(loaded.ok || places.length > 0).toBe(true);
      expect(places).not.toContain(null);
    }),
    { numRuns: 300 },
  );
});

test('a map that can not be written as a text is a mistake as any other', async () => {
  const text =
    '{ "services": [{ "name": "a", "url": "http://a", "expected_status": [{ "toString": false }] }] }';
  const loaded = await read(text, '.json');
  expect(loaded.ok ? [] : loaded.problems.map(({ path }) => path)).toEqual([
    'services[0].expected_status[0]',
  ]);
});

test('mistakes of a part do not hide those between parts', async () => {
  const text = 'api: { tokens: [{ name: a, token: x, scopes: [raed] }, { name: a, token: y }] }\n';
  const loaded = await read(text, '.yaml');
  expect(loaded.ok ? [] : loaded.problems.map(({ path }) => path)).toEqual([
    'api.tokens[0].scopes[0]',
    'api.tokens[1].name',
  ]);
});

test('names of the environment are its own, not those that every object has', async () => {
  const loaded = await read(`{ "servers": [{ "ip": "\${constructor}" }] }`, '.json');
  expect(loaded.ok ? [] : loaded.problems.map(({ limit }) => limit)).toEqual([
    'environment variable constructor is not set',
  ]);
});
