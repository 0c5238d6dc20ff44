// From a file to the hub's configuration: defaults, merging, secrets, environment, and files that can't be read.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfigFile } from './load.ts';
import { configOf, linesOf, loadText, problemsOf } from './test/load-text.ts';

describe('the file itself', () => {
  const load = async (file: string) => linesOf(await loadConfigFile(file, { env: {} }));

  test('missing', async () => {
    const lines = await load(join(tmpdir(), 'no-such-folder', 'guardia.yaml'));
    expect(lines).toEqual(['guardia.yaml: must be a readable file: there is no such file']);
  });

  test('a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'guardia-config-'));
    await mkdir(join(folder, 'guardia.yaml'));
    const lines = await load(join(folder, 'guardia.yaml'));
    await rm(folder, { recursive: true });
    expect(lines).toEqual(['guardia.yaml: must be a readable file: it is a directory']);
  });

  test('above 4 MiB', async () => {
    const lines = await problemsOf(new Uint8Array(4 * 1_048_576 + 1).fill(35));
    expect(lines).toEqual(['guardia.yaml: must be a readable file: it is larger than 4 MiB']);
  });

  test('of 4 MiB, all comments', async () => {
    const lines = await problemsOf(new Uint8Array(4 * 1_048_576).fill(35));
    expect(lines).toEqual(['guardia.yaml: the file is empty']);
  });

  test('of an unknown kind', async () => {
    const lines = await problemsOf('', { name: 'guardia.ini' });
    expect(lines).toEqual(['guardia.ini: must end in .yaml, .yml, .toml, .json']);
  });

  test('with an extension in capitals', async () => {
    expect(await problemsOf('{}', { name: 'GUARDIA.JSON' })).toEqual([]);
  });
});

const POLICY = { grace: 0, alert: [], recoverAfter: 1, window: null, repeatMs: null, escalation: [] };

describe('what is left out', () => {
  test('gives an empty hub on loopback that keeps nothing, and says so', async () => {
    const { file, ...config } = await configOf('servers:\n');
    expect(file).toMatch(/^\/.*guardia\.yaml$/);
    expect(config).toEqual({
      storage: expect.objectContaining({ backend: 'memory', path: null }),
      api: { bind: '127.0.0.1', port: 8080, tokens: [], enableCors: false, trustedProxies: [] },
      notifiers: [],
      servers: [],
      exporters: [],
      services: [],
      rules: [],
      silences: [],
      maintenance: [],
      witnesses: [],
      hubAlert: null,
      warnings: [
        'storage: not given, so history and state are kept in memory and end with the hub',
        'no servers, exporters or services: nothing is watched',
      ],
    });
  });

  test('gives a server the defaults of the agent', async () => {
    const { servers } = await configOf('servers: [{ ip: FD00::12 }]');
    expect(servers).toEqual([
      {
        alias: '[fd00::12]:51243',
        ip: 'fd00::12',
        port: 51_243,
        displayName: '[fd00::12]:51243',
        token: null,
        intervalMs: 15_000,
        timeoutMs: 10_000,
        tags: [],
        dependsOn: [],
        limits: {
          temperature: null,
          usage: null,
          memory: null,
          disk: null,
          load: null,
          unreachable: { ...POLICY, grace: 2, severity: 'critical' },
        },
      },
    ]);
  });

  test('gives an exporter the times of a server', async () => {
    const { exporters } = await configOf('exporters: [{ name: node, url: "http://node:9100/metrics" }]');
    expect(exporters).toEqual([
      {
        name: 'node',
        url: 'http://node:9100/metrics',
        intervalMs: 15_000,
        timeoutMs: 10_000,
        bearerToken: null,
        labels: {},
        unreachable: { ...POLICY, grace: 2, severity: 'critical' },
      },
    ]);
  });

  test('gives a service one GET a minute that wants a 2xx', async () => {
    const { services } = await configOf('services: [{ name: shop, url: "https://shop.example.org" }]');
    expect(services).toEqual([
      {
        name: 'shop',
        address: 'https://shop.example.org',
        check: {
          type: 'http',
          url: 'https://shop.example.org',
          timeoutMs: 10_000,
          retries: 0,
          degradedMs: null,
          allowLinkLocal: false,
          certWarnDays: 14,
          method: 'GET',
          headers: {},
          body: null,
          expectedStatus: [{ from: 200, to: 299 }],
          expectedHeaders: [],
          bodyPattern: null,
          jsonConditions: [],
          followRedirects: true,
        },
        intervalMs: 60_000,
        group: null,
        tags: [],
        dependsOn: [],
        locations: ['hub'],
        quorum: 1,
        slo: null,
        ...POLICY,
        grace: 1,
        severity: 'critical',
      },
    ]);
  });

  test('keeps the time-out of a short interval below it', async () => {
    const { servers, exporters, services } = await configOf(`
servers: [{ ip: a, interval: 1 }, { ip: b, interval: 5 }]
exporters: [{ name: e, url: "http://e", interval: 3 }]
services: [{ name: s, url: "http://s", interval: 2 }]
`);
    const checks = services.map(({ check }) => check);
    const timeouts = [...servers, ...exporters, ...checks].map(({ timeoutMs }) => timeoutMs);
    expect(timeouts).toEqual([800, 4_000, 2_400, 1_600]);
  });

  test('makes the path of the database relative to the file', async () => {
    const loaded = await loadText('storage: { backend: sqlite }');
    expect(loaded.ok && loaded.config.storage.path).toBe(join(loaded.folder, 'guardia.db'));
    const none = await configOf('storage: { backend: none, path: /var/lib/state.db }');
    expect(none.storage.path).toBe('/var/lib/state.db');
  });
});

describe('defaults', () => {
  const TEXT = `
alerts:
  ops: { webhook: { url: "https://ops.example.org" } }
  record: { webhook: { url: "https://record.example.org" } }
defaults:
  server:
    interval: 30s
    token: shared
    alert: record
    limits:
      temperature: { limit: 80, grace: 3, alert: ops, sensor: hottest }
      disk: { limit: 90 }
      unreachable: { grace: 4 }
  exporter: { interval: 30, timeout: 5, alert: record, unreachable: { grace: 4, severity: warning } }
  service: { timeout: 3, headers: { A: "1", B: "1" }, alert: [ops, record, ops], grace: 5, severity: warning }
servers:
  - ip: a
  - ip: b
    interval: 10
    token: own
    limits:
      temperature: { limit: 70, sensor: mean }
      usage: { limit: 95, alert: [] }
      unreachable: { alert: ops, severity: warning }
exporters:
  - { name: plain, url: "http://plain" }
  - { name: own, url: "http://own", interval: 10, unreachable: { severity: info, alert: ops } }
  - { name: other, url: "http://other", alert: [ops], labels: { rack: r1 } }
services:
  - { name: plain, url: "http://plain" }
  - { name: own, url: "http://own", headers: { B: "2" }, alert: ops, grace: 0, expected_status: 204 }
`;

  test('hold for servers that say nothing', async () => {
    const [server] = (await configOf(TEXT)).servers;
    expect(server).toMatchObject({ intervalMs: 30_000, token: 'shared' });
    const warning = { ...POLICY, severity: 'warning' };
    expect(server?.limits).toEqual({
      temperature: { ...warning, limit: 80, recover: 80, grace: 3, alert: ['ops'], sensor: 'hottest' },
      usage: null,
      memory: null,
      disk: { ...warning, limit: 90, recover: 90, alert: ['record'] },
      load: null,
      unreachable: { ...POLICY, grace: 4, alert: ['record'], severity: 'critical' },
    });
  });

  test('give way key by key within each limit', async () => {
    const [, server] = (await configOf(TEXT)).servers;
    expect(server).toMatchObject({ intervalMs: 10_000, token: 'own' });
    expect(server?.limits).toMatchObject({
      temperature: { limit: 70, grace: 3, alert: ['ops'], sensor: 'mean' },
      usage: { limit: 95, grace: 0, alert: [] },
      disk: { limit: 90 },
      unreachable: { grace: 4, alert: ['ops'], severity: 'warning' },
    });
  });

  test('hold for exporters and give way key by key', async () => {
    const { exporters } = await configOf(TEXT);
    const unreachable = { grace: 4, alert: ['record'], severity: 'warning' };
    expect(exporters).toMatchObject([
      { intervalMs: 30_000, timeoutMs: 5_000, unreachable },
      { intervalMs: 10_000, timeoutMs: 5_000, unreachable: { grace: 4, alert: ['ops'], severity: 'info' } },
      { labels: { rack: 'r1' }, unreachable: { ...unreachable, alert: ['ops'] } },
    ]);
  });

  test('hold for services, whose headers are merged by name', async () => {
    const [plain, own] = (await configOf(TEXT)).services;
    expect(plain).toMatchObject({
      check: { timeoutMs: 3_000 },
      grace: 5,
      alert: ['ops', 'record'],
      severity: 'warning',
    });
    const check = { headers: { A: '1', B: '2' }, expectedStatus: [{ from: 204, to: 204 }] };
    expect(own).toMatchObject({ check, alert: ['ops'], grace: 0 });
  });
});

describe('a notifier in place of a name', () => {
  const serviceOf = (url: string) =>
    `services: [{ name: s, url: "http://s", alert: { discord: { url: "${url}", user_id: "12  &34" } } }]`;

  test('gets a name that stays the same and does not tell the address', async () => {
    const first = await configOf(serviceOf('https://discord.example.org/one'));
    const again = await configOf(serviceOf('https://discord.example.org/one'));
    const other = await configOf(serviceOf('https://discord.example.org/two'));
    const name = first.services[0]?.alert[0];
    expect(name).toMatch(/^discord-[0-9a-f]{8}$/);
    expect(again.services[0]?.alert).toEqual([name]);
    expect(other.services[0]?.alert).not.toEqual([name]);
    expect(first.notifiers).toEqual([
      {
        type: 'discord',
        name,
        url: 'https://discord.example.org/one',
        mentions: ['12', '&34'],
        groupWaitMs: 5_000,
        groupBy: ['group'],
        maxPerMinute: null,
      },
    ]);
  });

  test('is one notifier, however often it is written', async () => {
    const limit = '{ limit: 90, alert: { webhook: { url: "https://hook.example.org", secret: k } } }';
    const { notifiers } = await configOf(
      `servers: [{ ip: a, limits: { usage: ${limit}, memory: ${limit} } }]`,
    );
    expect(notifiers).toMatchObject([{ type: 'webhook', format: 'guardia', secret: 'k' }]);
  });
});

describe('secrets and the environment', () => {
  test('fill strings; $$ is a dollar', async () => {
    const { servers, api } = await configOf(
      `api: { port: "\${PORT}", enable_cors: "\${CORS}" }\nservers: [{ ip: "10.0.0.\${N}", interval: "\${EVERY}", token: "$$a\${N}$b$\${N}" }]`,
      { env: { PORT: '9000', CORS: 'true', N: '5', EVERY: '1m' } },
    );
    expect(api).toMatchObject({ port: 9_000, enableCors: true });
    expect(servers[0]).toMatchObject({ ip: '10.0.0.5', intervalMs: 60_000, token: `$a5$b\${N}` });
  });

  test('are not filled twice', async () => {
    const { servers } = await configOf(`servers: [{ ip: a, token: "\${A}" }]`, { env: { A: `\${B}` } });
    expect(servers[0]?.token).toBe(`\${B}`);
  });

  test('come from files beside the configuration, without the line break at the end', async () => {
    const text = `
api:
  auth_token_file: admin
  tokens: [{ name: web, token_file: web }]
alerts:
  ops: { discord: { url_file: "\${WHERE}" } }
  hook: { webhook: { url: "https://hook.example.org", secret_file: key } }
defaults: { server: { token_file: agent } }
servers: [{ ip: a }]
exporters: [{ name: node, url: "http://node", bearer_token_file: web }]
`;
    const files = {
      admin: 'one\n',
      web: 'two\r\n',
      ops: 'https://ops.example.org',
      key: ' three ',
      agent: 'four\n\n',
    };
    const { api, notifiers, servers, exporters } = await configOf(text, { files, env: { WHERE: 'ops' } });
    expect(api.tokens).toEqual([
      { name: 'auth_token', token: 'one', scopes: ['read', 'operate', 'admin'] },
      { name: 'web', token: 'two', scopes: ['read'] },
    ]);
    expect(notifiers).toMatchObject([{ url: 'https://ops.example.org' }, { secret: ' three ' }]);
    expect(servers[0]?.token).toBe('four');
    expect(exporters[0]?.bearerToken).toBe('two');
  });

  test('of a file are named by the file when they are wrong', async () => {
    const text = 'servers:\n  - ip: a\n    token_file: agent\n';
    expect(await problemsOf(text, { files: { agent: '\n' } })).toEqual([
      'guardia.yaml:3: servers[0].token_file: value "agent"; must be a text on one line, not empty',
    ]);
    expect(await problemsOf(text, { files: { agent: 'x'.repeat(65_537) } })).toEqual([
      'guardia.yaml:3: servers[0].token_file: value "agent"; must be a readable file: it is larger than 64 KiB',
    ]);
  });
});

describe('warnings', () => {
  const warningsOf = async (text: string) =>
    (
      await configOf(`servers: [{ ip: a, limits: { unreachable: { alert: x } } }]
alerts: { x: { webhook: { url: "https://x" } } }
${text}`)
    ).warnings;

  test('say nothing when there is nothing to say', async () => {
    expect(await warningsOf('storage: { backend: sqlite }\napi: { bind: 127.0.0.2 }')).toEqual([]);
    expect(await warningsOf('storage: { backend: sqlite }\napi: { bind: 0.0.0.0, auth_token: t }')).toEqual(
      [],
    );
  });

  test('tell of an open API', async () => {
    expect(await warningsOf('storage: { backend: memory }\napi: { bind: 0.0.0.0 }')).toEqual([
      'api.bind: 0.0.0.0 is reachable from elsewhere, and without a token only loopback is answered',
    ]);
  });

  test('tell of alerts that nobody hears, the first three by name', async () => {
    const { warnings } = await configOf(
      'storage: { backend: sqlite }\nservers: [{ ip: a }, { ip: b }]\nexporters: [{ name: c, url: "http://c" }, { name: d, url: "http://d" }]',
    );
    expect(warnings).toEqual([
      'alerts of a:51243 unreachable, b:51243 unreachable, c unreachable, and 1 more name no notifier: they are recorded and not delivered',
    ]);
  });
});

test('settings that are not available yet are fine when they say nothing', async () => {
  const text = 'servers: [{ ip: a }]\nrules: []\ncluster: {}\ntasks:\n';
  expect(await problemsOf(text)).toEqual([]);
});
