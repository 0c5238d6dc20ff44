import { expect, test } from 'vitest';
import { fileWith, guardia } from '../../test/run.ts';
import { imported, reasons, service } from '../test/kit.ts';

const gatus = (yaml: string) => fileWith('config.yaml', yaml);

test('an endpoint over HTTP keeps request, conditions, thresholds and whom it tells', async () => {
  const done = await imported(
    'gatus',
    gatus(`
alerting:
  slack:
    webhook-url: https://slack.example/\${SLACK_KEY}
    default-alert: { failure-threshold: 5, send-on-resolved: true, minimum-reminder-interval: 1h }
    overrides: [{ group: core, webhook-url: "https://slack.example/core" }]
  mattermost: { webhook-url: https://mm.example/x }
endpoints:
  - name: shop
    group: core
    url: https://shop.example/\${PATH_OF_SHOP}?price=$$5
    method: POST
    body: '{"a": 1}'
    headers: { X-Key: $SHOP_KEY }
    interval: 1m30s
    extra-labels: { site: rome }
    client: { timeout: 5s, ignore-redirect: true, insecure: true }
    conditions:
      - "[STATUS] >= 200"
      - "[STATUS] < 300"
      - "[RESPONSE_TIME] < 500"
      - "[CERTIFICATE_EXPIRATION] > 60h"
      - "[BODY] == pat(*all (is) well*)"
      - "[BODY].status == UP"
      - "len([BODY].items) > 2"
      - "[BODY].items[0].id == 5"
      - "[DOMAIN_EXPIRATION] > 720h"
    alerts: [{ type: slack, success-threshold: 4 }]
    maintenance-windows: [{ start: "23:00", duration: 2h, timezone: Europe/Rome, every: [Monday, Sunday] }]
  - name: shop
    group: outer
    url: http://shop.example
    conditions: ["[STATUS] == any(200, 404)"]
    alerts: [{ type: slack }, { type: mattermost, failure-threshold: 2 }]
maintenance: { start: "04:05", duration: 1h }
connectivity: { checker: { target: "192.0.2.1:53", interval: 60s } }
suites: [{ name: buy }]
`),
    [],
    { SLACK_KEY: 'geheim', PATH_OF_SHOP: 'x', SHOP_KEY: 'geheim2' },
  );
  expect(service(done, 'core/shop')).toMatchObject({
    intervalMs: 90_000,
    grace: 5,
    recoverAfter: 4,
    repeatMs: 3_600_000,
    alert: ['slack core'],
    group: 'core',
    tags: ['site: rome'],
    check: {
      url: 'https://shop.example/x?price=$5',
      method: 'POST',
      headers: { 'X-Key': 'geheim2' },
      expectedStatus: [{ from: 200, to: 299 }],
      degradedMs: 500,
      certWarnDays: 3,
      bodyPattern: 'all \\(is\\) well',
      jsonConditions: [
        { path: '$.status', op: '==', value: 'UP' },
        { path: '$.items.length', op: '>', value: 2 },
        { path: '$.items[0].id', op: 'matches', value: '^5$' },
      ],
      followRedirects: false,
      timeoutMs: 5_000,
    },
  });
  expect(service(done, 'outer/shop')).toMatchObject({
    grace: 2,
    alert: ['slack'],
    check: {
      expectedStatus: [
        { from: 200, to: 200 },
        { from: 404, to: 404 },
      ],
    },
  });
  expect(done.config.notifiers).toMatchObject([
    { url: 'https://slack.example/geheim' },
    { url: 'https://slack.example/core' },
  ]);
  expect(done.config.maintenance).toMatchObject([
    { match: { target: 'core/shop' }, cron: '0 23 * * 0,1', timezone: 'Europe/Rome', durationMs: 7_200_000 },
    { match: { target: '*' }, cron: '5 4 * * *' },
  ]);
  expect(done.config.witnesses).toEqual(['192.0.2.1:53']);
  expect(done.leftOut.map(({ what }) => what)).toEqual(['alerting "mattermost"', 'section "suites"']);
  expect(reasons(done.toCheck, 'endpoint "core/shop"')).toEqual([
    'a condition is not checked: [DOMAIN_EXPIRATION] > 720h',
    expect.stringMatching(/errors of TLS/),
    expect.stringMatching(/DEGRADED, not DOWN/),
  ]);
  expect(done.toCheck.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['variable SLACK_KEY', 'variable SHOP_KEY', 'variable PATH_OF_SHOP']),
  );
});

test('every type that there is', async () => {
  const done = await imported(
    'gatus',
    gatus(`
endpoints:
  - { name: dns, url: 192.0.2.1, dns: { query-name: example.org., query-type: A }, conditions: ["[DNS_RCODE] == NOERROR", "[BODY] == 192.0.2.9"] }
  - { name: icmp, url: "icmp://example.org", conditions: ["[CONNECTED] == true"] }
  - { name: tcp, url: "tcp://example.org:6379", body: "PING\\r\\n", conditions: ["[BODY] == pat(+PONG*)"] }
  - { name: tls, url: "tls://example.org:993", conditions: ["[CERTIFICATE_EXPIRATION] > 48h"] }
  - { name: mail, url: "starttls://example.org:587", conditions: ["[CONNECTED] == true"] }
  - { name: ssh, url: "ssh://example.org:22", ssh: { username: u, password: p }, conditions: ["[STATUS] == 0"] }
  - { name: graph, url: "http://example.org", graphql: true, body: "{ a }", conditions: ["[STATUS] == 200", "[RESPONSE_TIME] < 60000"] }
external-endpoints:
  - { name: job, group: cron, token: abcdefghijklmnop, heartbeat: { interval: 10m } }
  - { name: other job, token: abcdefghijklmnop }
`),
  );
  const specs = Object.fromEntries(done.config.services.map(({ name, check }) => [name, check]));
  expect(specs).toMatchObject({
    dns: { name: 'example.org', recordType: 'A', resolver: '192.0.2.1', expectedAnswers: ['192.0.2.9'] },
    icmp: { type: 'icmp', host: 'example.org' },
    tcp: { send: 'PING\r\n', expect: '^\\+PONG' },
    tls: { type: 'tls', port: 993, certWarnDays: 2 },
    mail: { type: 'smtp', port: 587, startTls: true },
    ssh: { type: 'ssh', port: 22 },
    graph: { body: '{"query":"{ a }"}', headers: { 'Content-Type': 'application/json' }, degradedMs: null },
    job: { type: 'push', token: 'abcdefghijklmnop' },
  });
  expect(service(done, 'job').intervalMs).toBe(600_000);
  expect(reasons(done.toCheck, 'endpoint "ssh"')).toEqual([
    'a condition is not checked: [STATUS] == 0',
    expect.stringMatching(/nobody logs in/),
  ]);
  expect(done.leftOut.map(({ what }) => what)).toEqual(['endpoint "other job"']);
});

test.each([
  ['not enabled', 'url: "http://a.example", enabled: false, conditions: ["[STATUS] == 200"]', /not enabled/],
  [
    'nothing may answer',
    'url: "tcp://a.example:1", conditions: ["[CONNECTED] == false"]',
    /only when nothing answers/,
  ],
  [
    'no status is left',
    'url: "http://a.example", conditions: ["[STATUS] > 599"]',
    /only when nothing answers/,
  ],
  ['another type', 'url: "grpc://a.example:1", conditions: ["[CONNECTED] == true"]', /no check of type grpc/],
  [
    'OAuth',
    'url: "http://a.example", client: { oauth2: { client-id: x } }, conditions: ["[STATUS] == 200"]',
    /client\.oauth2/,
  ],
])('left out: %s', async (_name, endpoint, reason) => {
  const done = await imported('gatus', gatus(`endpoints: [{ name: it, ${endpoint} }]`));
  expect(done.config.services).toEqual([]);
  expect(reasons(done.leftOut, 'endpoint "it"')).toEqual([expect.stringMatching(reason)]);
});

test('who is told there and not here is named with each endpoint', async () => {
  const done = await imported(
    'gatus',
    gatus(`
alerting: { zulip: { bot-email: a@b.example }, slack: { webhook-url: no address } }
endpoints:
  - { name: it, url: "icmp://a.example", conditions: ["[CONNECTED] == true"], alerts: [{ type: zulip }, { type: slack }, { type: email, enabled: false }] }
`),
  );
  expect(service(done, 'it').alert).toEqual([]);
  expect(done.toCheck.filter(({ next }) => next === 'Name another notifier in its alert.')).toMatchObject([
    { what: 'endpoint "it"', reason: 'alerting "zulip" is told of it there, and not here' },
    { what: 'endpoint "it"', reason: 'alerting "slack" is told of it there, and not here' },
  ]);
});

test('what is left out says what to do about its own reason', async () => {
  const done = await imported(
    'gatus',
    gatus(`
endpoints:
  - { name: off, enabled: false, url: "http://a.example", conditions: ["[STATUS] == 200"] }
  - { name: ws, url: "ws://a.example/", conditions: ["[CONNECTED] == true"] }
  - { name: secret, url: "http://a.example", client: { oauth2: { client-id: x } }, conditions: ["[STATUS] == 200"] }
  - { name: gone, url: "tcp://a.example:1", conditions: ["[CONNECTED] == false"] }
external-endpoints:
  - { name: paused job, enabled: false, token: abcdefghijklmnop, heartbeat: { interval: 5m } }
  - { name: job, token: abcdefghijklmnop }
`),
  );
  expect(Object.fromEntries(done.leftOut.map(({ what, next }) => [what, next]))).toEqual({
    'endpoint "off"': 'Enable it there and import again, or write it by hand.',
    'endpoint "ws"':
      'Have it report with type push, or check its TCP port with type tcp or tls where it has one.',
    'endpoint "secret"': 'Write what can be checked without it by hand.',
    'endpoint "gone"': 'There is nothing of the kind.',
    'endpoint "paused job"': 'Enable it there and import again, or write it by hand.',
    'endpoint "job"':
      'Give it heartbeat.interval there and import again, or write it by hand with type push.',
  });
});

test('every section that is not used is named', async () => {
  const done = await imported(
    'gatus',
    gatus(`
ui: { title: Ours }
metrics: true
concurrency: 5
debug: false
storage: { type: sqlite }
constructor: { a: 1 }
web:
alerting: {}
maintenance: { enabled: false }
connectivity: { checker: { target: "192.0.2.1:53", interval: 60s } }
endpoints: [{ name: it, url: "icmp://a.example", conditions: ["[CONNECTED] == true"] }]
external-endpoints: []
`),
  );
  expect(done.leftOut.map(({ what, reason }) => [what, reason])).toEqual([
    ['section "ui"', 'it is about Gatus itself'],
    ['section "metrics"', 'it is about Gatus itself'],
    ['section "concurrency"', 'it is about Gatus itself'],
    ['section "debug"', 'it is about Gatus itself'],
    ['section "storage"', 'it is about Gatus itself'],
    ['section "constructor"', 'it is not known here'],
  ]);
});

test('every provider that there is a notifier for', async () => {
  const done = await imported(
    'gatus',
    gatus(`
endpoints: []
alerting:
  discord: { webhook-url: "https://d.example/x", message-content: "<@&42>" }
  teams: { webhook-url: "https://t.example/x" }
  teams-workflows: { webhook-url: "https://t.example/y" }
  telegram: { token: "1:a", id: "-5", topic-id: "3" }
  ntfy: { topic: ops, token: tk }
  gotify: { server-url: "https://g.example", token: tk }
  pagerduty: { integration-key: k }
  opsgenie: { api-key: k }
  email: { host: mail.example, port: 587, from: a@example.org, password: p, to: "b@example.org,c@example.org" }
  matrix: { access-token: tk, internal-room-id: "!r:example.org" }
  pushover: { application-token: a, user-key: u }
  custom: { url: "https://hook.example" }
`),
  );
  expect(done.config.notifiers).toMatchObject([
    { type: 'discord', mentions: ['&42'] },
    { type: 'teams' },
    { type: 'teams' },
    { type: 'telegram', chatId: '-5', threadId: 3 },
    { type: 'ntfy', url: 'https://ntfy.sh/ops', token: 'tk' },
    { type: 'gotify' },
    { type: 'pagerduty', routingKey: 'k' },
    { type: 'opsgenie', apiKey: 'k' },
    { type: 'email', user: 'a@example.org', to: ['b@example.org', 'c@example.org'] },
    { type: 'matrix', url: 'https://matrix-client.matrix.org' },
    { type: 'pushover', token: 'a', user: 'u' },
    { type: 'webhook', url: 'https://hook.example' },
  ]);
  expect(done.leftOut).toEqual([]);
});

test('settings that there are none for are told, each by its name', async () => {
  const done = await imported(
    'gatus',
    gatus(`
alerting:
  ntfy: { topic: ops, priority: 5, click: "https://a.example", disable-cache: false }
  email: { host: mail.example, port: 465, from: a@example.org, to: b@example.org, client: { insecure: true } }
endpoints:
  - name: shop
    url: https://shop.example
    client: { network: ip4 }
    conditions: ["[STATUS] == 200"]
    alerts: [{ type: ntfy, send-on-resolved: true, description: "call anna" }]
`),
  );
  expect(reasons(done.toCheck, 'alerting "ntfy"')).toEqual(['not chosen here: click, priority']);
  expect(reasons(done.toCheck, 'alerting "email"')).toEqual(['errors of TLS are not ignored']);
  expect(reasons(done.toCheck, 'endpoint "shop"').sort()).toEqual([
    'both kinds of IP address are tried',
    'the description of its alerts is not sent',
  ]);
});

test.each([
  [
    'another YAML',
    'modules: {}',
    /config\.yaml must be a configuration of Gatus, YAML with a list of endpoints/,
  ],
  ['no map', '- a', /config\.yaml must be a configuration of Gatus/],
  [
    'no YAML',
    'a: geheim\n b: [',
    /config\.yaml is not valid YAML, at line \d; it must be a configuration of Gatus/,
  ],
  [
    'an alias bomb',
    `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]`).join('\n')}`,
    /more aliases/,
  ],
])('%s ends with 2', async (_name, yaml, says) => {
  const { code, stdout, stderr } = await guardia('import', 'gatus', gatus(yaml));
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(says);
  expect(stderr).not.toContain('geheim');
});
