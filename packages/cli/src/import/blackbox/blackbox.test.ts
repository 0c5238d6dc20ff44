import { dirname, join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { loadConfigFile } from '@guardia/model';
import { expect, test } from 'vitest';
import { fileWith, guardia } from '../../test/run.ts';
import { imported, reasons, service } from '../test/kit.ts';

const MODULES = `
modules:
  web:
    prober: http
    timeout: 5s
    http:
      valid_status_codes: [200, 204]
      method: POST
      headers: { Accept: text/plain }
      http_headers: { X-Key: { secrets: [first, geheim] }, X-File: { files: [key] } }
      body: '{"a": "\${1}"}'
      fail_if_body_not_matches_regexp: ["status: (ok|fine)$", other]
      fail_if_body_matches_regexp: [down]
      fail_if_header_not_matches: [{ header: Server, regexp: "^nginx" }, { header: Via, regexp: x, allow_missing: true }]
      authorization: { credentials: geheim }
      follow_redirects: false
      tls_config: { insecure_skip_verify: true }
  basic: { prober: http, http: { basic_auth: { username: anna, password: geheim }, no_follow_redirects: true } }
  ssh: { prober: tcp, tcp: { query_response: [{ expect: "^SSH-2.0-" }, { send: SSH-2.0-check }] } }
  redis: { prober: tcp, tcp: { query_response: [{ send: PING }, { expect: PONG }] } }
  certificate: { prober: tcp, tcp: { tls: true, tls_config: { server_name: example.org } } }
  mail: { prober: tcp, tcp: { query_response: [{ expect: "^220" }, { send: EHLO me }, { expect: "^250" }, { send: STARTTLS }, { starttls: true }] } }
  ping: { prober: icmp }
  names: { prober: dns, dns: { query_name: example.org, query_type: SOA, validate_answer_rrs: { fail_if_not_matches_regexp: [x] } } }
  rpc: { prober: grpc }
`;

const TARGETS = [
  'web=https://user:geheim@shop.example/a?key=geheim',
  'web=plain.example',
  'basic=http://a.example',
  'ssh=a.example:22',
  'redis=a.example:6379',
  'certificate=192.0.2.1:443',
  'mail=a.example:25',
  'ping=2001:db8::1',
  'names=192.0.2.53',
  'rpc=a.example:1',
];

const blackbox = () => fileWith('blackbox.yml', MODULES);

test('a module becomes a service for each of its targets', async () => {
  const done = await imported(
    'blackbox',
    blackbox(),
    [...TARGETS.slice(1), TARGETS[0]!.replace('user:geheim@', '')].flatMap((target) => ['--target', target]),
  );
  const specs = Object.fromEntries(done.config.services.map(({ name, check }) => [name, check]));
  expect(specs).toMatchObject({
    'web https://shop.example/a': {
      url: 'https://shop.example/a?key=geheim',
      method: 'POST',
      body: `{"a": "\${1}"}`,
      headers: { Accept: 'text/plain', 'X-Key': 'geheim', Authorization: 'Bearer geheim' },
      expectedStatus: [
        { from: 200, to: 200 },
        { from: 204, to: 204 },
      ],
      bodyPattern: 'status: (ok|fine)$',
      expectedHeaders: [{ name: 'server', pattern: '^nginx' }],
      followRedirects: false,
      timeoutMs: 5_000,
    },
    'web plain.example': { url: 'http://plain.example' },
    'basic http://a.example': {
      headers: { Authorization: 'Basic YW5uYTpnZWhlaW0=' },
      followRedirects: false,
    },
    'ssh a.example:22': { type: 'tcp', send: null, expect: '^SSH-2.0-' },
    'redis a.example:6379': { send: 'PING\n', expect: 'PONG' },
    'certificate 192.0.2.1:443': { type: 'tls', serverName: 'example.org' },
    'mail a.example:25': { type: 'smtp', startTls: true },
    'ping 2001:db8::1': { type: 'icmp', host: '2001:db8::1' },
    'names 192.0.2.53': { name: 'example.org', recordType: 'SOA', resolver: '192.0.2.53' },
  });
  expect(service(done, 'ping 2001:db8::1').tags).toEqual(['ping']);
  expect(reasons(done.leftOut, 'module "rpc" with a.example:1')).toEqual(['there is no check of type grpc']);
  expect(reasons(done.toCheck, 'module "web" with plain.example')).toEqual([
    expect.stringMatching(/errors of TLS/),
    'what the body must not hold is not checked',
    'header X-File is not sent: its value is in a file',
    'header Via is not checked: it may be missing, or is named twice',
    'of its patterns for the body the first alone is checked',
    expect.stringMatching(/DEGRADED/),
  ]);
});

test('a target that logs in twice is left out, without its secret', async () => {
  const done = await imported('blackbox', blackbox(), ['--target', TARGETS[0]!]);
  expect(reasons(done.leftOut, 'module "web" with https://shop.example/a')).toEqual([
    expect.stringMatching(/both log in/),
  ]);
  expect(JSON.stringify([done.leftOut, done.toCheck])).not.toContain('geheim');
});

test('the kind of address that is preferred is told as not chosen', async () => {
  const file = fileWith(
    'blackbox.yml',
    'modules: { p: { prober: icmp, icmp: { preferred_ip_protocol: ip4 } } }',
  );
  const done = await imported('blackbox', file, ['--target', 'p=a.example']);
  expect(reasons(done.toCheck, 'module "p" with a.example')).toEqual(['both kinds of IP address are tried']);
});

test('without a target a module is a comment that can be filled in', async () => {
  const done = await imported('blackbox', blackbox());
  expect(done.config.services).toEqual([]);
  expect(done.mapped).toEqual({ service_templates: 8 });
  const file = join(dirname(fileWith('x', '')), 'filled.yaml');
  const [head, ...lines] = done.yaml.split('\n');
  writeFileSync(
    file,
    [head, ...lines]
      .join('\n')
      .replace('services: []', 'services:')
      .replace(/^# ( *- | {2,}|\})/gm, '$1'),
  );
  const loaded = await loadConfigFile(file, { env: {} });
  expect(loaded.ok && loaded.config.services.map(({ name }) => name)).toEqual([
    'web',
    'basic',
    'ssh',
    'redis',
    'certificate',
    'mail',
    'ping',
    'names',
  ]);
});

test('secrets in files stay there, and are told when they can not be read', async () => {
  const file = fileWith(
    'blackbox.yml',
    'modules: { web: { prober: http, http: { bearer_token_file: token } } }',
  );
  writeFileSync(join(dirname(file), 'token'), 'geheim\n');
  const done = await imported('blackbox', file, ['--target', 'web=http://a.example']);
  expect(done.config.services[0]?.check).toMatchObject({ headers: { Authorization: 'Bearer geheim' } });
  const { code, stdout, stderr } = await guardia(
    'import',
    'blackbox',
    fileWith(
      'blackbox.yml',
      'modules: { web: { prober: http, http: { basic_auth: { username: u, password_file: token } } } }',
    ),
    '--target',
    'web=http://a.example',
  );
  expect([code, stdout]).toEqual([0, expect.stringMatching(/password_file: \/.*\/token\n/)]);
  expect(stderr).toContain("basic_auth.password_file can't be read here");
});

test.each<[string, string, string[], RegExp]>([
  [
    'another YAML',
    'endpoints: []',
    [],
    /blackbox\.yml must be a configuration of blackbox_exporter, YAML with a map of modules/,
  ],
  [
    'a module that is not there',
    'modules: { a: {}, b: {} }',
    ['--target', 'c=x'],
    /has no module c; --target must name one of a, b/,
  ],
  ['no module', 'modules: { a: {} }', ['--target', 'https://x'], /--target.*must be module=target/],
])('%s ends with 2', async (_name, yaml, argv, says) => {
  const { code, stdout, stderr } = await guardia(
    'import',
    'blackbox',
    fileWith('blackbox.yml', yaml),
    ...argv,
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(says);
});
