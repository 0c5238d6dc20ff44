import type { CheckType } from '@guardia/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CheckSpecInvalid, readCheckSpec } from './read-spec.ts';
import type { RunnableSpec } from './registry.ts';
import { SPEC_FIELDS } from './spec-fields.ts';

const base = { timeoutMs: 10_000, retries: 0, degradedMs: null, allowLinkLocal: false };
const far = { ...base, host: 'db.example', port: 5432 };

const SPECS: { readonly [Type in RunnableSpec['type']]: Extract<RunnableSpec, { type: Type }> } = {
  http: {
    ...base,
    type: 'http',
    url: 'https://example.org/health?key=s3cret',
    method: 'GET',
    headers: { authorization: 'Bearer s3cret' },
    body: null,
    expectedStatus: [{ from: 200, to: 299 }],
    expectedHeaders: [{ name: 'content-type', pattern: '^text/' }],
    bodyPattern: 'ok|fine',
    jsonConditions: [{ path: '$.status', op: '==', value: 'up' }],
    followRedirects: true,
    certWarnDays: 14,
  },
  tls: { ...far, type: 'tls', serverName: 'db.example', issuer: null, certWarnDays: 14 },
  tcp: { ...far, type: 'tcp', send: 's3cret', expect: '^\\+OK' },
  dns: {
    ...base,
    type: 'dns',
    name: 'example.org',
    recordType: 'MX',
    resolver: null,
    expectedAnswers: ['10 mx'],
  },
  icmp: { ...base, type: 'icmp', host: '192.0.2.1', packets: 3, maxLossPercent: 12.5 },
  postgres: { ...far, type: 'postgres', user: 'guardia', database: 'postgres' },
  redis: { ...far, type: 'redis', user: null, password: 's3cret' },
  smtp: { ...far, type: 'smtp', startTls: true, certWarnDays: 14 },
  ssh: { ...far, type: 'ssh' },
  systemd: { ...base, type: 'systemd', unit: 'nginx.service' },
  docker: { ...base, type: 'docker', container: 'web-1', socket: '/var/run/docker.sock' },
};

const messageOf = (value: unknown): string => {
  try {
    readCheckSpec(value);
  } catch (error) {
    if (error instanceof CheckSpecInvalid) return error.message;
    throw error;
  }
  return 'accepted';
};

test.each(Object.entries(SPECS))('%s is read as it is', (_, spec) => {
  expect(readCheckSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
});

test('no field of any type may be missing, of another kind, or foreign, and no text shows a secret', () => {
  for (const [type, spec] of Object.entries(SPECS)) {
    for (const field of Object.keys(SPEC_FIELDS[type as RunnableSpec['type']])) {
      const { [field as never]: _, ...without } = spec;
      expect(messageOf(without)).toMatch(new RegExp(`^${field}: missing, must be `));
      const wrong = messageOf({ ...spec, [field]: { s3cret: { s3cret: 1 } } });
      expect(wrong).toMatch(new RegExp(`^${field}: .+, must be `));
      expect(wrong.includes('s3cret')).toBe(!['url', 'headers', 'body', 'send', 'password'].includes(field));
    }
    expect(messageOf({ ...spec, command: 'reboot' })).toMatch(/^command: not a field of /);
  }
});

test.each([
  [{ ...SPECS.tcp, port: 65_536 }, 'port: 65536, must be a whole number from 1 to 65535'],
  [{ ...SPECS.tcp, port: '22' }, 'port: "22", must be a whole number from 1 to 65535'],
  [{ ...SPECS.ssh, timeoutMs: 0 }, 'timeoutMs: 0, must be a whole number from 1 to 86400000'],
  [{ ...SPECS.ssh, timeoutMs: Number.NaN }, 'timeoutMs: null, must be'],
  [{ ...SPECS.icmp, maxLossPercent: 101 }, 'maxLossPercent: 101, must be a number from 0 to 100'],
  [{ ...SPECS.dns, recordType: 'ANY' }, 'recordType: "ANY", must be one of A, AAAA'],
  [{ ...SPECS.tcp, expect: '(?<=a)b' }, 'expect: "(?<=a)b", must be a pattern'],
  [{ ...SPECS.http, url: 'file:///etc/passwd' }, 'url: not usable, must be a URL that begins with http'],
  [
    { ...SPECS.http, expectedStatus: [{ from: 99, to: 200 }] },
    'expectedStatus: [{"from":99,"to":200}], must be',
  ],
  [{ ...SPECS.http, jsonConditions: [{ path: '$', op: 'matches', value: '(' }] }, 'jsonConditions: '],
  [{ ...SPECS.http, headers: { a: 'b\r\nc: d' } }, 'headers: not usable, must be'],
  [{ ...SPECS.http, headers: { a: '\u20ac' } }, 'of characters within Latin-1'],
  [{ ...SPECS.http, headers: { a: '\u0001' } }, 'headers: not usable, must be'],
  [{ ...SPECS.http, expectedHeaders: [null] }, 'expectedHeaders: [null], must be'],
  [{ ...SPECS.dns, expectedAnswers: Array(101).fill('a') }, 'must be a list of at most 100 texts'],
])('%j is refused', (spec, message) => {
  expect(messageOf(spec)).toContain(message);
});

test('push and everything else that asks nothing is refused', () => {
  const push: CheckType = 'push';
  expect(messageOf({ ...base, type: push, token: 't', graceMs: 0 })).toMatch(
    /^type: "push", must be one of http, .*judged where the reports come in/,
  );
  for (const type of ['exec', 'constructor', '__proto__', undefined, null, ['tcp']])
    expect(messageOf({ ...base, type })).toMatch(/^type: .*, must be one of /);
  for (const value of [null, undefined, 1, 'tcp', [SPECS.tcp]])
    expect(messageOf(value)).toMatch(/^check: .*, must be an object$/);
});

test('whatever comes as JSON is always read or refused with a sentence', () => {
  const fields = fc.dictionary(fc.constantFrom(...Object.keys(SPECS.http), '__proto__', 'x'), fc.jsonValue());
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(SPECS)), fields, (type, changes) => {
      const spec = { ...SPECS[type as RunnableSpec['type']], ...changes };
      expect(messageOf(JSON.parse(JSON.stringify(spec)))).toMatch(/^accepted$|: .*(must be|not a field of)/s);
    }),
  );
});
