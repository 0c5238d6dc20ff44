import { expect, test } from 'vitest';
import { fileWith } from '../../test/run.ts';
import { imported, reasons, service } from '../test/kit.ts';

const NOTIFICATIONS: Record<string, unknown>[] = [
  {
    type: 'discord',
    discordWebhookUrl: 'https://discord.example/api/webhooks/1/abc',
    discordPrefixMessage: 'wake up <@123>',
  },
  { type: 'webhook', webhookURL: 'https://hook.example/in', webhookAdditionalHeaders: '{"X-Key":"geheim"}' },
  { type: 'slack', slackwebhookURL: 'https://slack.example/services/T/B/x', slackchannel: '#ops' },
  { type: 'telegram', telegramBotToken: '123:abc', telegramChatID: '-100', telegramMessageThreadID: '7' },
  {
    type: 'ntfy',
    ntfyserverurl: 'https://ntfy.example/',
    ntfytopic: 'ops',
    ntfyAuthenticationMethod: 'usernamePassword',
    ntfyusername: 'a b',
    ntfypassword: 'p@ss',
  },
  { type: 'gotify', gotifyserverurl: 'https://gotify.example', gotifyapplicationToken: 'tok' },
  {
    type: 'PagerDuty',
    pagerdutyIntegrationKey: 'key',
    pagerdutyIntegrationUrl: 'https://events.eu.pagerduty.com/v2/enqueue',
  },
  { type: 'Opsgenie', opsgenieApiKey: 'key', opsgenieRegion: 'eu' },
  {
    type: 'smtp',
    smtpHost: 'mail.example',
    smtpPort: 465,
    smtpSecure: true,
    smtpUsername: 'u',
    smtpPassword: 'p',
    smtpFrom: 'Kuma <k@example.org>',
    smtpTo: 'a@example.org, b@example.org',
  },
  {
    type: 'matrix',
    homeserverUrl: 'https://matrix.example',
    internalRoomId: '!abc:example.org',
    accessToken: 'tok',
  },
  { type: 'teams', webhookUrl: 'https://teams.example/workflow' },
  {
    type: 'pushover',
    pushoverapptoken: 'app',
    pushoveruserkey: 'user',
    pushoverpriority: '2',
    pushoverttl: '',
  },
  { type: 'lunasea', lunaseaTarget: 'x' },
];

const COMMON = {
  active: true,
  interval: 60,
  maxretries: 0,
  accepted_statuscodes: ['200-299'],
  notificationIDList: {},
  tags: [],
};

function backup(...monitors: Record<string, unknown>[]): string {
  return fileWith(
    'backup.json',
    JSON.stringify({
      version: '1.23.16',
      notificationList: NOTIFICATIONS.map((config, i) => ({
        id: i + 1,
        name: `n${i + 1}`,
        config: JSON.stringify(config),
      })),
      monitorList: monitors.map((monitor, i) => ({ id: i + 1, ...COMMON, ...monitor })),
    }),
  );
}

test('a monitor over HTTP keeps request, credentials, retries and whom it tells', async () => {
  const done = await imported(
    'uptime-kuma',
    backup(
      { name: 'sites', type: 'group', interval: 60 },
      {
        name: 'shop',
        type: 'http',
        parent: 1,
        url: 'https://shop.example/$${HOME}?a=$1',
        method: 'POST',
        body: `{"a":"\${B}"}`,
        headers: '{"X-Key":"$k"}',
        interval: 30,
        timeout: 40,
        maxretries: 2,
        resendInterval: 10,
        accepted_statuscodes: ['200-204', '301'],
        maxredirects: 0,
        authMethod: 'basic',
        basic_auth_user: 'anna',
        basic_auth_pass: 'geheim',
        expiryNotification: false,
        notificationIDList: { 1: true, 2: false, 3: true, 13: true },
        tags: [
          { name: 'site', value: 'berlin' },
          { name: 'shop', value: '' },
        ],
      },
    ),
  );
  expect(service(done, 'shop')).toMatchObject({
    intervalMs: 30_000,
    grace: 3,
    repeatMs: 300_000,
    alert: ['n1', 'n3'],
    group: 'sites',
    tags: ['site: berlin', 'shop'],
    check: {
      type: 'http',
      url: 'https://shop.example/$${HOME}?a=$1',
      method: 'POST',
      body: `{"a":"\${B}"}`,
      headers: { 'X-Key': '$k', 'Content-Type': 'application/json', Authorization: 'Basic YW5uYTpnZWhlaW0=' },
      expectedStatus: [
        { from: 200, to: 204 },
        { from: 301, to: 301 },
      ],
      followRedirects: false,
      certWarnDays: 0,
      timeoutMs: 24_000,
    },
  });
  expect(done.mapped).toEqual({ services: 1, notifiers: 12 });
  expect(reasons(done.leftOut, 'notification "n13"')).toEqual(['there is no notifier of type lunasea']);
  expect(reasons(done.toCheck, 'monitor "shop"')).toContain(
    'notification "n13" is told of it there, and not here',
  );
});

test('every type that there is', async () => {
  const done = await imported(
    'uptime-kuma',
    backup(
      { name: 'keyword', type: 'keyword', url: 'http://a.example', keyword: 'all (is) well? $${x}' },
      {
        name: 'json',
        type: 'json-query',
        url: 'http://a.example',
        jsonPath: '$.a.items[0].state',
        expectedValue: 'UP',
      },
      { name: 'json number', type: 'json-query', url: 'http://a.example', jsonPath: 'n', expectedValue: '5' },
      {
        name: 'json at least',
        type: 'json-query',
        url: 'http://a.example',
        jsonPath: 'n',
        jsonPathOperator: '>=',
        expectedValue: '5',
      },
      { name: 'port', type: 'port', hostname: '2001:db8::1', port: 22 },
      { name: 'ping', type: 'ping', hostname: 'a.example', ping_count: 4 },
      {
        name: 'dns',
        type: 'dns',
        hostname: 'a.example',
        dns_resolve_server: '192.0.2.1,192.0.2.2',
        port: 5353,
        dns_resolve_type: 'MX',
        conditions: [{ type: 'expression', variable: 'record', operator: 'equals', value: 'mail.a.example' }],
      },
      {
        name: 'reverse',
        type: 'dns',
        hostname: '192.0.2.7',
        dns_resolve_server: '192.0.2.1',
        dns_resolve_type: 'PTR',
      },
      { name: 'push', type: 'push', pushToken: 'abcdefghij0123456789', maxretries: 1 },
      { name: 'docker', type: 'docker', docker_container: 'web', docker_host: 1 },
      {
        name: 'postgres',
        type: 'postgres',
        databaseConnectionString: 'postgres://u:ge@heim@db.example:5433/shop?sslmode=disable',
      },
      { name: 'redis', type: 'redis', databaseConnectionString: 'redis://:geheim@db.example:6379/2' },
      { name: 'mail', type: 'smtp', hostname: 'mail.example', port: 587, smtpSecurity: 'starttls' },
      { name: 'mail over tls', type: 'smtp', hostname: 'mail.example', smtpSecurity: 'secure' },
      { name: 'unit', type: 'system-service', system_service_name: 'nginx' },
    ),
  );
  const specs = Object.fromEntries(done.config.services.map(({ name, check }) => [name, check]));
  expect(specs).toMatchObject({
    keyword: { bodyPattern: 'all \\(is\\) well\\? \\$\\$\\{x\\}' },
    json: { jsonConditions: [{ path: '$.a.items[0].state', op: '==', value: 'UP' }] },
    'json number': { jsonConditions: [{ path: '$.n', op: 'matches', value: '^5$' }] },
    'json at least': { jsonConditions: [{ path: '$.n', op: '>=', value: 5 }] },
    port: { type: 'tcp', host: '2001:db8::1', port: 22 },
    ping: { type: 'icmp', host: 'a.example', packets: 4 },
    dns: {
      name: 'a.example',
      recordType: 'MX',
      resolver: '192.0.2.1:5353',
      expectedAnswers: ['mail.a.example'],
    },
    reverse: { name: '7.2.0.192.in-addr.arpa', recordType: 'PTR' },
    push: { token: 'abcdefghij0123456789' },
    docker: { container: 'web', socket: '/var/run/docker.sock' },
    postgres: { host: 'db.example', port: 5433, user: 'u', database: 'shop' },
    redis: { host: 'db.example', port: 6379, password: 'geheim' },
    mail: { type: 'smtp', port: 587, startTls: true },
    'mail over tls': { type: 'tls', port: 465 },
    unit: { type: 'systemd', unit: 'nginx.service' },
  });
  expect(done.leftOut.map(({ what }) => what)).toEqual(['notification "n13"']);
  expect(done.config.services.find(({ name }) => name === 'push')?.grace).toBe(2);
});

test('every notification that there is a notifier for', async () => {
  const { config, toCheck } = await imported('uptime-kuma', backup());
  expect(config.notifiers).toMatchObject([
    { type: 'discord', url: 'https://discord.example/api/webhooks/1/abc' },
    { type: 'webhook', url: 'https://hook.example/in' },
    { type: 'slack', channel: '#ops' },
    { type: 'telegram', token: '123:abc', chatId: '-100', threadId: 7 },
    { type: 'ntfy', url: 'https://a%20b:p%40ss@ntfy.example/ops' },
    { type: 'gotify', token: 'tok' },
    { type: 'pagerduty', routingKey: 'key', apiUrl: 'https://events.eu.pagerduty.com' },
    { type: 'opsgenie', apiKey: 'key', apiUrl: 'https://api.eu.opsgenie.com' },
    {
      type: 'email',
      host: 'mail.example',
      port: 465,
      security: 'tls',
      user: 'u',
      password: 'p',
      to: ['a@example.org', 'b@example.org'],
    },
    { type: 'matrix', roomId: '!abc:example.org' },
    { type: 'teams' },
    { type: 'pushover', token: 'app', user: 'user' },
  ]);
  expect(reasons(toCheck, 'notification "n2"')).toContain('its additional headers are not sent');
  expect(reasons(toCheck, 'notification "n12"')).toEqual(['not chosen here: pushoverpriority']);
  expect(JSON.stringify(toCheck)).not.toContain('geheim');
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['paused', { active: false, type: 'http', url: 'http://a.example' }, /paused/],
  ['upside down', { upsideDown: true, type: 'http', url: 'http://a.example' }, /upside down/],
  [
    'an inverted keyword',
    { type: 'keyword', invertKeyword: true, keyword: 'x', url: 'http://a.example' },
    /must not be there/,
  ],
  ['mTLS', { type: 'http', authMethod: 'mtls', url: 'https://a.example' }, /mTLS/],
  ['OAuth', { type: 'http', authMethod: 'oauth2-cc', url: 'https://a.example' }, /OAuth/],
  [
    'a JSON query with functions',
    { type: 'json-query', jsonPath: '$count(items)', url: 'http://a.example' },
    /more than a path/,
  ],
  [
    'a variable of JSONata',
    { type: 'json-query', jsonPath: '$a', url: 'http://a.example' },
    /more than a path/,
  ],
  ['a type that there is not', { type: 'mqtt', hostname: 'a.example' }, /no check of type mqtt/],
  ['a TLS alert', { type: 'port', hostname: 'a', port: 1, expectedTlsAlert: 'bad_certificate' }, /TLS alert/],
  [
    'a keyword that is too long',
    { type: 'keyword', keyword: 'x'.repeat(201), url: 'http://a.example' },
    /Guardia can't take it: body_pattern must be a regular expression/,
  ],
  ['a token of its early versions', { type: 'push', pushToken: 'geheim0123' }, /token is too short/],
  ['an address that is none', { type: 'http', url: 'geheim' }, /Guardia can't take it: url must/],
])('left out: %s', async (_name, monitor, reason) => {
  const done = await imported(
    'uptime-kuma',
    backup({ name: 'it', ...monitor }, { name: 'other', type: 'ping', hostname: 'a.example' }),
  );
  expect(done.config.services.map(({ name }) => name)).toEqual(['other']);
  expect(reasons(done.leftOut, 'monitor "it"')).toEqual([expect.stringMatching(reason)]);
  expect(reasons(done.toCheck, 'monitor "it"')).toEqual([]);
  expect(JSON.stringify(done.leftOut)).not.toContain('geheim');
});

test('members of a paused group are paused, names are made different, TLS errors are told', async () => {
  const done = await imported(
    'uptime-kuma',
    backup(
      { name: 'outer', type: 'group', active: false, notificationIDList: { 1: true } },
      { name: 'inner', type: 'group', parent: 1 },
      { name: 'deep', type: 'ping', hostname: 'a.example', parent: 2 },
      {
        name: 'twice',
        type: 'http',
        url: 'https://a.example',
        ignoreTls: true,
        proxyId: 1,
        retryInterval: 20,
        maxretries: 1,
      },
      { name: 'twice', type: 'ping', hostname: 'a.example' },
    ),
  );
  expect(done.config.services.map(({ name }) => name)).toEqual(['twice', 'twice (2)']);
  expect(reasons(done.leftOut, 'monitor "deep"')).toEqual(['it is paused']);
  expect(reasons(done.leftOut, 'notifications of group "outer"')).toHaveLength(1);
  expect(reasons(done.toCheck, 'monitor "twice"')).toEqual([
    expect.stringMatching(/errors of TLS/),
    expect.stringMatching(/proxy/),
    expect.stringMatching(/retries/),
    'it is called "twice (2)" here',
  ]);
});

test('who names a notification that was left out names the others', async () => {
  const done = await imported(
    'uptime-kuma',
    fileWith(
      'b.json',
      JSON.stringify({
        monitorList: [
          { id: 1, name: 'a', type: 'ping', hostname: 'a.example', notificationIDList: { 1: true, 2: true } },
          { id: 2, name: 'b', type: 'ping', hostname: 'a.example', notificationIDList: { 2: true } },
        ],
        notificationList: [
          { id: 1, name: 'good', config: '{"type":"discord","discordWebhookUrl":"https://d.example/x"}' },
          { id: 2, name: 'bad one', config: '{"type":"discord","discordWebhookUrl":"geheim"}' },
        ],
      }),
    ),
  );
  expect(done.config.services.map(({ alert }) => alert)).toEqual([['good'], []]);
  expect(reasons(done.leftOut, 'notification "bad one"')).toEqual([
    expect.stringMatching(/discord\.url must be a URL/),
  ]);
  const lost = 'notification "bad one" is told of it there, and not here';
  expect(['a', 'b'].map((name) => reasons(done.toCheck, `monitor "${name}"`))).toEqual([[lost], [lost]]);
});

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['a way to log in', { authMethod: 'basic' }, 'Basic YW5uYTpnZWhlaW0='],
  ['none, though there still is a name', { authMethod: null }, undefined],
  ['a token', { authMethod: 'bearer', bearer_token: 'abc' }, 'Bearer abc'],
  ['the one way of the oldest versions', {}, 'Basic YW5uYTpnZWhlaW0='],
  ['a header that comes before', { authMethod: 'basic', headers: '{"authorization":"own"}' }, undefined],
])('logs in with %s', async (_name, given, authorization) => {
  const credentials = { basic_auth_user: 'anna', basic_auth_pass: 'geheim' };
  const monitor = { name: 'it', type: 'http', url: 'http://a.example', ...credentials, ...given };
  const { check } = service(await imported('uptime-kuma', backup(monitor)), 'it');
  expect(check.type === 'http' && check.headers.Authorization).toBe(authorization);
});
