import { readdirSync, readFileSync } from 'node:fs';
import { TestClock } from '@guardia/kernel';
import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { NOTIFIER_BASE } from './conformance.ts';
import { createNotifier, notifierKinds } from './registry.ts';

const deps = { dispatcher: new Agent(), clock: new TestClock() };

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
  const url = 'https://chat.example/api/webhooks/1/x';
  const discord = createNotifier({ ...NOTIFIER_BASE, type: 'discord', url, mentions: [] }, deps);
  expect(discord).toMatchObject({ kind: 'discord', name: 'ops' });
  const gotify = createNotifier({ ...NOTIFIER_BASE, type: 'gotify', url, token: 'x' }, deps);
  expect(gotify).toMatchObject({ kind: 'gotify', name: 'ops' });
});
