import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checks } from './registry.ts';

const types = Object.keys(checks);

test('every folder with a check is in the registry, and the other way round', () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => existsSync(join(import.meta.dirname, name, `${name}-check.ts`)));
  expect(types).toEqual(folders.sort());
});

test('every type has a section of docs/checks.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/checks.md'), 'utf8');
  const sections = [...text.matchAll(/^## `(\w+)`/gm)].map(([, type]) => type);
  expect(sections.sort()).toEqual([...types, 'push'].sort());
});
