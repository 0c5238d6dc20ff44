import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checks } from './registry.ts';

test('every folder is a check of the registry, and the other way round', () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(Object.keys(checks).sort()).toEqual(folders.sort());
});
