// What a service of each type becomes: its check with every default, its address without secrets, and its policy.
import { describe, expect, test } from 'vitest';
import { configOf } from './test/load-text.ts';

const COMMON = { timeoutMs: 10_000, retries: 0, degradedMs: null, allowLinkLocal: false };

async function serviceOf(keys: string, options?: Parameters<typeof configOf>[1]) {
  const { services } = await configOf(`services: [{ name: s, ${keys} }]`, options);
  return services[0]!;
}

describe('the check of', () => {
  test.each<[string, string, object]>([
    [
      'url: "tcp://Example.org:22"',
      'tcp://example.org:22',
      { type: 'tcp', host: 'example.org', port: 22, send: null, expect: null },
    ],
    [
      'type: tcp, url: "[::1]:22", send: "EHLO\\r\\n", expect: "^220"',
      'tcp://[::1]:22',
      { type: 'tcp', host: '::1', port: 22, send: 'EHLO\r\n', expect: '^220' },
    ],
    [
      'type: tls, url: example.org',
      'tls://example.org:443',
      {
        type: 'tls',
        host: 'example.org',
        port: 443,
        serverName: 'example.org',
        issuer: null,
        certWarnDays: 14,
      },
    ],
    [
      'url: "tls://192.0.2.1:8443", server_name: a.example.org, issuer: Let, cert_warn_days: 30',
      'tls://192.0.2.1:8443',
      {
        type: 'tls',
        host: '192.0.2.1',
        port: 8443,
        serverName: 'a.example.org',
        issuer: 'Let',
        certWarnDays: 30,
      },
    ],
    [
      'url: "dns://_dmarc.example.org", record_type: TXT, resolver: "[::1]:53", expected_answers: v=DMARC1',
      'dns://_dmarc.example.org',
      {
        type: 'dns',
        name: '_dmarc.example.org',
        recordType: 'TXT',
        resolver: '[::1]:53',
        expectedAnswers: ['v=DMARC1'],
      },
    ],
    [
      'type: dns, url: example.org',
      'dns://example.org',
      { type: 'dns', name: 'example.org', recordType: 'A', resolver: null, expectedAnswers: [] },
    ],
    [
      'url: "ping://fd00::1"',
      'icmp://[fd00::1]',
      { type: 'icmp', host: 'fd00::1', packets: 3, maxLossPercent: 0 },
    ],
    [
      'url: "icmp://a", packets: 5, max_loss: 20',
      'icmp://a',
      { type: 'icmp', host: 'a', packets: 5, maxLossPercent: 20 },
    ],
    [
      'type: push, token: 0123456789abcdef',
      'push',
      { type: 'push', token: '0123456789abcdef', graceMs: 30_000 },
    ],
    [
      'url: "postgresql://anna@db/shop%20a"',
      'postgres://db:5432',
      { type: 'postgres', host: 'db', port: 5432, user: 'anna', database: 'shop a' },
    ],
    [
      'type: postgres, url: "db:5433"',
      'postgres://db:5433',
      { type: 'postgres', host: 'db', port: 5433, user: 'guardia', database: 'postgres' },
    ],
    [
      'url: "redis://anna:se%40cret@cache"',
      'redis://cache:6379',
      { type: 'redis', host: 'cache', port: 6379, user: 'anna', password: 'se@cret' },
    ],
    [
      'type: redis, url: cache, password: k',
      'redis://cache:6379',
      { type: 'redis', host: 'cache', port: 6379, user: null, password: 'k' },
    ],
    [
      'url: "smtp://mail", starttls: true',
      'smtp://mail:25',
      { type: 'smtp', host: 'mail', port: 25, startTls: true, certWarnDays: 14 },
    ],
    ['url: "ssh://git"', 'ssh://git:22', { type: 'ssh', host: 'git', port: 22 }],
    ['type: systemd, unit: nginx', 'systemd://nginx.service', { type: 'systemd', unit: 'nginx.service' }],
    [
      'url: "systemd://getty@tty1.timer"',
      'systemd://getty@tty1.timer',
      { type: 'systemd', unit: 'getty@tty1.timer' },
    ],
    [
      'url: "docker://web"',
      'docker://web',
      { type: 'docker', container: 'web', socket: '/var/run/docker.sock' },
    ],
    [
      'type: docker, container: web, socket: /run/podman.sock',
      'docker://web',
      { type: 'docker', container: 'web', socket: '/run/podman.sock' },
    ],
  ])('{ %s } at %s', async (keys, address, check) => {
    expect(await serviceOf(keys)).toMatchObject({ address, check: { ...COMMON, ...check } });
  });
});

describe('over HTTP', () => {
  test('expectations are read', async () => {
    const { check } = await serviceOf(`
      url: "https://a", degraded_ms: 500, allow_link_local: true,
      expected_headers: { Server: "^nginx", X-Any: true },
      body_pattern: "ok|fine", json_path: ['$.status == "ok"', "$.items.length >= 3", "$.items[0].id"]`);
    expect(check).toMatchObject({
      degradedMs: 500,
      allowLinkLocal: true,
      expectedHeaders: [
        { name: 'server', pattern: '^nginx' },
        { name: 'x-any', pattern: null },
      ],
      bodyPattern: 'ok|fine',
      jsonConditions: [
        { path: '$.status', op: '==', value: 'ok' },
        { path: '$.items.length', op: '>=', value: 3 },
        { path: '$.items[0].id', op: 'exists', value: null },
      ],
    });
  });

  test.each([
    ['$.ok == null', { path: '$.ok', op: '==', value: null }],
    ['$ != false', { path: '$', op: '!=', value: false }],
    ['$.a.b[12].c < -1.5e3', { path: '$.a.b[12].c', op: '<', value: -1500 }],
    ['$.name matches "^a b$"', { path: '$.name', op: 'matches', value: '^a b$' }],
    ['$.text == "a == b"', { path: '$.text', op: '==', value: 'a == b' }],
  ])('the condition %s is one text', async (text, condition) => {
    const { check } = await serviceOf(`url: "https://a", json_path: '${text}'`);
    expect(check).toMatchObject({ jsonConditions: [condition] });
  });

  test('credentials become a header, and are not in the address', async () => {
    const headers = async (keys: string) => {
      const { check, address } = await serviceOf(keys, { files: { secret: 'k\n' } });
      expect(address).toBe('https://a.example.org/x');
      return check.type === 'http' ? [check.url, check.headers] : [];
    };
    const url = 'https://a.example.org/x?key=1';
    const basic = { Authorization: 'Basic YW5uYTprOsOpQA==' };
    expect(await headers('url: "https://anna:k%3A%C3%A9%40@a.example.org/x?key=1"')).toEqual([url, basic]);
    const auth = 'basic_auth: { username: anna, password: "k:é@" }';
    expect(await headers(`url: "${url}", ${auth}`)).toEqual([url, basic]);
    expect(await headers(`url: "${url}", bearer_token_file: secret`)).toEqual([
      url,
      { Authorization: 'Bearer k' },
    ]);
  });

  test('credentials of its own come before a header of the defaults', async () => {
    const { services } = await configOf(`
defaults: { service: { headers: { authorization: a, X: b } } }
services: [{ name: s, url: "https://a", bearer_token: k }]`);
    expect(services[0]?.check).toMatchObject({ headers: { X: 'b', Authorization: 'Bearer k' } });
  });
});

describe('defaults', () => {
  test('defaults.service interval and time-out ignored: they hold for every type', async () => {
    const { services } = await configOf(`
defaults: { service: { interval: 20s, timeout: 3s, method: POST, body_pattern: ok } }
services:
  - { name: web, url: "https://a" }
  - { name: port, url: "tcp://a:1" }
  - { name: own, url: "tls://a", interval: 5s, timeout: 1s }`);
    expect(services.map(({ intervalMs, check }) => [intervalMs, check.timeoutMs])).toEqual([
      [20_000, 3_000],
      [20_000, 3_000],
      [5_000, 1_000],
    ]);
    expect(services[0]?.check).toMatchObject({ method: 'POST', bodyPattern: 'ok' });
    expect(services[1]?.check).not.toHaveProperty('method');
  });

  test('of everything else give way key by key', async () => {
    const { services } = await configOf(`
defaults:
  service:
    group: shop
    tags: [a]
    depends_on: [db]
    locations: [hub, fra, web-2]
    quorum: 3
    slo: { target: 99.5 }
    window: 3 of 5
    recover_after: 2
    repeat: 1h
    escalation: [{ after: 1h, alert: [] }, { after: 10m, alert: x }]
alerts: { x: { webhook: { url: "https://x" } } }
servers: [{ ip: a, display: fra, token: t }, { ip: b, display: web-2, token: t }]
services:
  - { name: db, url: "postgres://db", depends_on: [fra] }
  - { name: own, url: "https://a", group: own, tags: [], locations: [fra], quorum: 1, slo: { target: 99.9, window: 7d }, grace: 4 }
  - { name: backup, type: push, token: 0123456789abcdef }`);
    const common = {
      recoverAfter: 2,
      repeatMs: 3_600_000,
      escalation: [
        { afterMs: 600_000, alert: ['x'] },
        { afterMs: 3_600_000, alert: [] },
      ],
    };
    expect(services).toMatchObject([
      {
        ...common,
        group: 'shop',
        tags: ['a'],
        dependsOn: ['fra'],
        locations: ['hub', 'fra', 'web-2'],
        quorum: 3,
        slo: { targetPercent: 99.5, windowMs: 30 * 86_400_000 },
        window: { violations: 3, of: 5 },
      },
      {
        ...common,
        group: 'own',
        tags: [],
        dependsOn: ['db'],
        locations: ['fra'],
        quorum: 1,
        slo: { targetPercent: 99.9, windowMs: 7 * 86_400_000 },
        grace: 4,
        window: null,
      },
      { locations: ['hub'], quorum: 1 },
    ]);
  });

  test('of the quorum is more than half', async () => {
    const names = ['hub', 'a', 'b', 'c', 'd'];
    const { services } = await configOf(`
servers: [${names.slice(1).map((name) => `{ ip: ${name}, display: ${name}, token: t }`)}]
services: [${names.map((_, i) => `{ name: s${i}, url: "https://s", locations: [${names.slice(0, i + 1)}] }`)}]`);
    expect(services.map(({ quorum }) => quorum)).toEqual([1, 2, 2, 3, 3]);
  });

  test('of limits: recover is the limit, and each of grace and window stands for the other', async () => {
    const { servers } = await configOf(`
defaults: { server: { limits: { usage: { limit: 90, recover: 80, window: 3 of 5 }, disk: { limit: 90, grace: 3 } } } }
servers:
  - { ip: a, depends_on: ["b:51243"], limits: { usage: { grace: 2 }, disk: { window: 2 of 4 }, load: { limit: 4, recover_after: 3 } } }
  - { ip: b }`);
    expect(servers[0]).toMatchObject({
      dependsOn: ['b:51243'],
      limits: {
        usage: { limit: 90, recover: 80, grace: 2, window: null },
        disk: { limit: 90, recover: 90, window: { violations: 2, of: 4 } },
        load: { limit: 4, recover: 4, recoverAfter: 3 },
      },
    });
  });
});
