import { readdirSync, readFileSync } from 'node:fs';
import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { createNotifier, notifierKinds } from './registry.ts';

const deps = { dispatcher: new Agent(), clock: { wall: () => 0 } };

test('folders, registry and document name the same kinds', () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const document = readFileSync(`${import.meta.dirname}/../../../../../docs/notifiers.md`, 'utf8');
  const documented = [...document.matchAll(/^## `(\w+)`/gm)].map((match) => match[1]).sort();
  expect(folders).toEqual(Object.keys(notifierKinds).sort());
  expect(documented).toEqual(folders);
});

test('makes the kind that is configured, under its name', () => {
  const url = 'https://discord.com/api/webhooks/1/x';
  expect(createNotifier({ type: 'discord', name: 'ops', url, mentions: [] }, deps)).toMatchObject({
    kind: 'discord',
    name: 'ops',
  });
  expect(
    createNotifier({ type: 'webhook', name: 'hook', url, format: 'guardia', secret: null }, deps),
  ).toMatchObject({ kind: 'webhook', name: 'hook' });
});
