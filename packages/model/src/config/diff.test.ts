// What a reload has to do, told from two configurations.
import { expect, test } from 'vitest';
import { diffConfig } from './diff.ts';
import { configOf } from './test/load-text.ts';

const BEFORE = `
storage: { backend: sqlite, path: /var/lib/a.db, archive: { path: /srv/a, after: 7d } }
api: { port: 8080, auth_token: one }
alerts:
  ops: { webhook: { url: "https://ops.example.org" } }
  old: { webhook: { url: "https://old.example.org" } }
servers:
  - { ip: a, limits: { usage: { limit: 90, alert: ops }, memory: { limit: 90 } } }
  - { ip: b }
  - { ip: c }
exporters:
  - { name: node, url: "http://node/metrics" }
  - { name: probe, url: "http://probe/metrics" }
services:
  - { name: shop, url: "https://shop.example.org" }
  - { name: blog, url: "https://blog.example.org" }
`;

async function diffWith(...edits: [string, string][]) {
  const text = edits.reduce((rest, [from, to]) => rest.replace(from, to), BEFORE);
  return diffConfig(await configOf(BEFORE), await configOf(text));
}

test('the same configuration changes nothing', async () => {
  const diff = await diffWith();
  expect(diff.servers).toMatchObject({ added: [], removed: [], changed: [], unchanged: { length: 3 } });
  for (const kind of ['exporters', 'services'] as const) {
    expect(diff[kind]).toMatchObject({ added: [], removed: [], changed: [], unchanged: { length: 2 } });
  }
  expect(diff.notifiers).toMatchObject({ added: [], removed: [], changed: [], unchanged: { length: 2 } });
  expect(diff).toMatchObject({ plans: [], api: [], storage: [], needsRestart: [] });
});

test('what came and what went is told by key; the rest is left alone', async () => {
  const diff = await diffWith(
    ['{ ip: b }', '{ ip: b, port: 3000 }'],
    ['name: blog', 'name: news'],
    ['name: probe', 'name: probes'],
    ['  old:', '  new:'],
  );
  expect(diff.servers.added.map(({ alias }) => alias)).toEqual(['b:3000']);
  expect(diff.servers.removed.map(({ alias }) => alias)).toEqual(['b:51243']);
  expect(diff.servers.unchanged.map(({ alias }) => alias)).toEqual(['a:51243', 'c:51243']);
  expect(diff.exporters).toMatchObject({ added: [{ name: 'probes' }], removed: [{ name: 'probe' }] });
  expect(diff.services).toMatchObject({ added: [{ name: 'news' }], removed: [{ name: 'blog' }] });
  expect(diff.notifiers).toMatchObject({ added: [{ name: 'new' }], removed: [{ name: 'old' }] });
});

test('the order in the file means nothing', async () => {
  const diff = await diffWith(
    ['{ ip: b }', '{ ip: x }'],
    ['{ ip: c }', '{ ip: b }'],
    ['{ ip: x }', '{ ip: c }'],
  );
  expect(diff.servers).toMatchObject({ added: [], removed: [], changed: [] });
});

test('a changed server names its fields, before and after', async () => {
  const { servers } = await diffWith(['{ ip: b }', '{ ip: b, interval: 30, display: web }']);
  expect(servers.changed).toMatchObject([
    {
      before: { intervalMs: 15_000 },
      after: { intervalMs: 30_000 },
      fields: ['displayName', 'intervalMs'],
      limits: [],
    },
  ]);
});

test('a changed exporter names its fields', async () => {
  const { exporters } = await diffWith(
    ['http://node/', 'http://node:9100/'],
    ['name: probe', 'name: probe, labels: { a: b }'],
  );
  expect(exporters.changed).toMatchObject([
    { after: { name: 'node' }, fields: ['url'] },
    { after: { name: 'probe' }, fields: ['labels'] },
  ]);
});

test.each<[string, string, string, object]>([
  ['a threshold', 'limit: 90, alert: ops', 'limit: 95, alert: ops', { limit: 'usage', resetsPending: true }],
  [
    'the grace',
    'memory: { limit: 90',
    'memory: { grace: 2, limit: 90',
    { limit: 'memory', resetsPending: true },
  ],
  ['a limit that came', 'memory:', 'load: { limit: 2 }, memory:', { limit: 'load', resetsPending: true }],
  ['who is told', 'alert: ops', 'alert: [old]', { limit: 'usage', resetsPending: false }],
  [
    'who is told later',
    'alert: ops',
    'alert: ops, escalation: [{ after: 1h, alert: old }], repeat: 1h',
    { limit: 'usage', resetsPending: false },
  ],
  [
    'where it is well again',
    'limit: 90, alert: ops',
    'limit: 90, recover: 80, alert: ops',
    { limit: 'usage', resetsPending: false },
  ],
  [
    'the window',
    'memory: { limit: 90',
    'memory: { window: 2 of 3, limit: 90',
    { limit: 'memory', resetsPending: true },
  ],
  ['how bad it is', 'alert: ops', 'alert: ops, severity: critical', { limit: 'usage', resetsPending: false }],
])('of the limits, %s is told for that limit alone', async (_, from, to, limit) => {
  const { servers } = await diffWith([from, to]);
  expect(servers.changed).toMatchObject([{ fields: ['limits'], limits: [limit] }]);
});

test('a changed service names its fields, and what is checked is one of them', async () => {
  const { services } = await diffWith(
    ['"https://shop.example.org"', '"https://shop.example.org/health", tags: [web]'],
    ['"https://blog.example.org"', '"https://blog.example.org", degraded_ms: 500'],
  );
  expect(services.changed).toMatchObject([
    { after: { name: 'shop' }, fields: ['address', 'check', 'tags'] },
    { after: { name: 'blog' }, fields: ['check'] },
  ]);
});

test('silences, maintenance and witnesses are told as a whole', async () => {
  const { plans, needsRestart } = await diffWith([
    'servers:',
    'witnesses: ["a:1"]\nmaintenance: [{ match: { tag: db }, cron: "0 3 * * 0", duration: 1h }]\nservers:',
  ]);
  expect({ plans, needsRestart }).toEqual({ plans: ['maintenance', 'witnesses'], needsRestart: [] });
});

test('what can not change while the hub runs is told', async () => {
  const diff = await diffWith(
    ['/var/lib/a.db', '/var/lib/b.db'],
    ['port: 8080', 'port: 8081, bind: "::1"'],
    ['one', 'two'],
  );
  expect(diff.api).toEqual(['bind', 'port', 'tokens']);
  expect(diff.storage).toEqual(['path']);
  expect(diff.needsRestart).toEqual(['storage.path', 'api.bind', 'api.port']);
});

test.each<[string, string, object]>([
  [
    'ages and the clean-up',
    'backend: sqlite, path: /var/lib/a.db, retention: { 5m: 1y }, cleanup_interval_hours: 1, archive: { path: /srv/a, after: 8d }',
    { storage: ['archive', 'cleanupIntervalMs', 'retention'], needsRestart: [] },
  ],
  [
    'the place and form of the archive, and the limit of series',
    'backend: sqlite, path: /var/lib/a.db, max_series_per_target: 500, archive: { path: /srv/b, partition: hour }',
    {
      storage: ['archive', 'maxSeriesPerTarget'],
      needsRestart: ['storage.max_series_per_target', 'storage.archive.path', 'storage.archive.partition'],
    },
  ],
  [
    'another database, without an archive',
    'backend: postgres, url: "postgres://db", path: /var/lib/a.db',
    {
      storage: ['archive', 'backend', 'url'],
      needsRestart: ['storage.backend', 'storage.url', 'storage.archive'],
    },
  ],
])('of storage, a restart is told where it is needed: %s', async (_, storage, told) => {
  const keys = 'backend: sqlite, path: /var/lib/a.db, archive: { path: /srv/a, after: 7d }';
  const { storage: found, needsRestart } = await diffWith([keys, storage]);
  expect({ storage: [...found].sort(), needsRestart }).toEqual(told);
});
