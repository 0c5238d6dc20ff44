// That no type of check reaches a refused address, in any spelling of it, whether it is configured or comes of a name. Which
// addresses are refused is guard.test.ts's; redirects are tested in ../http/redirect-guard.test.ts.
import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import type { CheckClock } from '../check.ts';
import { checks, type RunnableSpec, runCheck } from '../registry.ts';

const clock: CheckClock = { wall: () => 0, mono: () => 0, after: () => () => {} };
const base = { timeoutMs: 1_000, retries: 0, degradedMs: null, allowLinkLocal: false };
const NAME = 'inner.invalid';

type Reach = (host: string) => RunnableSpec;

/** Types that reach something by the network; `systemd` and `docker` stay on this machine. */
const REACHES: Readonly<Partial<Record<RunnableSpec['type'], Reach>>> = {
  http: (host) => ({
    ...base,
    type: 'http',
    url: `http://${host.includes(':') ? `[${host}]` : host}/`,
    method: 'GET',
    headers: {},
    body: null,
    expectedStatus: [{ from: 200, to: 299 }],
    expectedHeaders: [],
    bodyPattern: null,
    jsonConditions: [],
    followRedirects: true,
    certWarnDays: 14,
  }),
  tls: (host) => ({
    ...base,
    type: 'tls',
    host,
    port: 443,
    serverName: host,
    issuer: null,
    certWarnDays: 14,
  }),
  tcp: (host) => ({ ...base, type: 'tcp', host, port: 80, send: 'GET /latest', expect: null }),
  icmp: (host) => ({ ...base, type: 'icmp', host, packets: 1, maxLossPercent: 0 }),
  dns: (host) => ({
    ...base,
    type: 'dns',
    name: 'example.org',
    recordType: 'A',
    resolver: host,
    expectedAnswers: [],
  }),
  postgres: (host) => ({ ...base, type: 'postgres', host, port: 5432, user: 'a', database: 'a' }),
  redis: (host) => ({ ...base, type: 'redis', host, port: 6379, user: null, password: null }),
  smtp: (host) => ({ ...base, type: 'smtp', host, port: 25, startTls: false, certWarnDays: 14 }),
  ssh: (host) => ({ ...base, type: 'ssh', host, port: 22 }),
};

const ADDRESSES = [
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  '64:ff9b:1:a9fe:a9:fe00::',
  '2001:db8::5efe:a9fe:a9fe',
  'fe80::1',
  'fd00:ec2::254',
];
/** A name service may answer these; URLs can't have them. */
const ZONED = ['fe80::1%lo', '::ffff:169.254.169.254%lo'];

const all = Object.entries(REACHES);

test('every type that reaches something is here', () => {
  expect([...Object.keys(REACHES), 'systemd', 'docker'].toSorted()).toEqual(Object.keys(checks).toSorted());
});

test.each(all)('%s reaches no refused address', async (type, specOf) => {
  const zoned = type === 'http' ? [] : ZONED;
  for (const address of [...ADDRESSES, ...zoned]) {
    const result = await runCheck(specOf(address), { clock, signal: new AbortController().signal });
    const { status, errorMessage } = result;
    expect([address, status, errorMessage]).toEqual([
      address,
      'unknown',
      expect.stringContaining('is a link-local or metadata address'),
    ]);
  }
});

// A resolver is an address.
test.each(all.filter(([type]) => type !== 'dns'))('%s reaches none by a name', async (_, specOf) => {
  for (const address of [...ADDRESSES, ...ZONED]) {
    const asked: string[] = [];
    const lookup: LookupFunction = (name, _options, callback) => {
      asked.push(name);
      setImmediate(() => callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]));
    };
    const context = { clock, signal: new AbortController().signal, lookup };
    const { status, errorMessage } = await runCheck(specOf(NAME), context);
    expect([address, status, errorMessage, asked]).toEqual([
      address,
      'unknown',
      expect.stringContaining('is a link-local or metadata address'),
      [NAME],
    ]);
  }
});
