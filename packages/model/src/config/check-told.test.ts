// What is said of alerts that reach nobody: those for which nobody was named, and what depends on them.
import { expect, test } from 'vitest';
import { configOf } from './test/load-text.ts';

const BEFORE =
  'storage: { backend: sqlite }\nalerts: { ops: { webhook: { url: "https://ops.example.org" } } }\n';

const warningsOf = async (text: string) => (await configOf(BEFORE + text)).warnings;

test('an empty alert tells nobody on purpose, in the defaults too', async () => {
  expect(
    await warningsOf(`
defaults: { server: { alert: [] } }
servers: [{ ip: a, limits: { disk: { limit: 90 }, usage: { limit: 90, alert: ops } } }]
exporters: [{ name: e, url: "http://e", alert: [] }]
services: [{ name: s, url: "http://s", alert: [] }]
rules: [{ name: r, when: count(down) > 1, alert: [] }]`),
  ).toEqual([]);
  expect(
    await warningsOf('services: [{ name: s, url: "http://s" }, { name: t, url: "http://t", alert: [] }]'),
  ).toEqual(['alerts of s name no notifier: they are recorded and not delivered']);
});

const told = (path: string, parent: string, held: string) =>
  `${path}.depends_on: ${parent} tells nobody when it fails, so ${held} not held while it does; ` +
  `name a notifier in the alert of ${parent} or take it out of depends_on`;

test('what depends on something that tells nobody is not held, which is worth a warning', async () => {
  expect(
    await warningsOf(`
servers:
  - { ip: a, display: box, limits: { disk: { limit: 90, alert: [] }, unreachable: { alert: [] } } }
  - { ip: b, display: rack, depends_on: [mute], limits: { unreachable: { alert: ops } } }
services:
  - { name: mute, url: "http://mute", alert: [] }
  - { name: onbox, url: "http://onbox", alert: ops, depends_on: [box] }
  - { name: x, url: "http://x", alert: ops, depends_on: ["a:51243", mute] }
  - { name: y, url: "http://y", alert: ops, depends_on: [mute, x, rack] }`),
  ).toEqual([
    told('servers.rack', 'mute', 'rack and 2 more are'),
    told('services.onbox', 'box', 'onbox is'),
    told('services.x', 'a:51243', 'x is'),
  ]);
});

test('what tells somebody of one thing, or later, is depended on without a warning', async () => {
  expect(
    await warningsOf(`
servers: [{ ip: a, display: box, limits: { disk: { limit: 90, alert: ops }, unreachable: { alert: [] } } }]
services:
  - { name: late, url: "http://late", alert: [], escalation: [{ after: 10m, alert: ops }] }
  - { name: x, url: "http://x", alert: ops, depends_on: [box, late] }`),
  ).toEqual([]);
});
