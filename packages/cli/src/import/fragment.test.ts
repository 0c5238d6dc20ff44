import { writeFileSync } from 'node:fs';
import { loadConfigFile } from '@guardia/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileWith } from '../test/run.ts';
import { Draft } from './draft.ts';
import { writeFragment } from './fragment.ts';
import { variable } from './variables.ts';

const load = async (draft: Draft, env: Record<string, string> = {}) => {
  const file = fileWith('fragment.yaml', '');
  writeFileSync(file, writeFragment(draft, 'a test\nof more lines', 'comments'));
  const loaded = await loadConfigFile(file, { env });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
};

test('every text is loaded as it was, always', async () => {
  const special = fc.string({
    unit: fc.constantFrom('$', '{', '}', 'A', ' ', '#', ':', '\n', '"', "'", 'ü', '\t', '-'),
  });
  const text = fc.oneof(special, fc.string({ unit: 'grapheme' }));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
      const draft = new Draft();
      for (const body of texts) draft.service('it', { name: 'it', url: 'http://a.example', body });
      const { services } = await load(draft, { A: 'never' });
      expect(services.map(({ check }) => check.type === 'http' && check.body)).toEqual(texts);
    }),
    { numRuns: 30 },
  );
});

test('a variable is one, wherever it is in a text', async () => {
  const draft = new Draft();
  draft.service('it', {
    name: 'it',
    url: 'http://a.example',
    body: `$${variable('A')}\${A}${variable('A')}`,
  });
  const { services } = await load(draft, { A: 'a' });
  expect(services[0]?.check).toMatchObject({ body: `$a\${A}a` });
});

test('nothing is a configuration as well', async () => {
  expect((await load(new Draft())).services).toEqual([]);
});
