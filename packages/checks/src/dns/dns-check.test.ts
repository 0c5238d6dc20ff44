import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { TestClock } from '@guardia/kernel';
import type { DnsCheckSpec } from '@guardia/model';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CheckContext } from '../check.ts';
import { bounds, contextOf, freePort, isMissing, startProgram, useTeardown } from '../dialogue/test/kit.ts';
import { runDnsCheck } from './dns-check.ts';

const DNSMASQ = '/usr/sbin/dnsmasq';
useTeardown();

function check(spec: Partial<DnsCheckSpec>, context: Partial<CheckContext> = {}) {
  const base = { ...bounds, type: 'dns', name: 'www.guardia.test', recordType: 'A' } as const;
  return runDnsCheck({ ...base, resolver: null, expectedAnswers: [], ...spec }, contextOf(context));
}

describe.skipIf(isMissing(DNSMASQ, 'dnsmasq-base'))('a real server', () => {
  const ZONE = [
    '--local=/guardia.test/',
    '--host-record=www.guardia.test,192.0.2.1,2001:db8::1',
    '--cname=alias.guardia.test,www.guardia.test',
    '--mx-host=guardia.test,mx1.guardia.test,10',
    '--mx-host=guardia.test,mx2.guardia.test,20',
    '--txt-record=guardia.test,v=spf1 ,-all',
    '--srv-host=_sip._tcp.guardia.test,sip.guardia.test,5060,1,5',
    '--ptr-record=1.2.0.192.in-addr.arpa,www.guardia.test',
    '--caa-record=guardia.test,0,issue,ca.guardia.test',
    '--dns-rr=guardia.test,2,036e7331076775617264696104746573740000',
  ];

  async function resolver(): Promise<string> {
    const port = await freePort();
    const own = ['--no-daemon', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file='];
    const where = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--user=nobody'];
    await startProgram(DNSMASQ, [...own, ...where, ...ZONE], / started, /);
    return `127.0.0.1:${port}`;
  }

  test('that has the records is up, however the expected ones are written', async () => {
    const address = await resolver();
    const ask = (name: string, recordType: DnsCheckSpec['recordType'], ...expectedAnswers: string[]) =>
      check({ resolver: address, name, recordType, expectedAnswers });
    const results = await Promise.all([
      ask('www.guardia.test', 'A', '192.0.2.1'),
      ask('www.guardia.test', 'AAAA', '2001:DB8:0::1'),
      ask('alias.guardia.test', 'CNAME', 'WWW.guardia.test.'),
      ask('guardia.test', 'MX', '20 mx2.guardia.test.', '10 MX1.guardia.test'),
      ask('guardia.test', 'TXT', '"v=spf1 " "-all"'),
      ask('_sip._tcp.guardia.test', 'SRV', '1 5 5060 sip.guardia.test'),
      ask('1.2.0.192.in-addr.arpa', 'PTR', 'www.guardia.test'),
      ask('guardia.test', 'CAA', '0 issue "ca.guardia.test"'),
    ]);
    for (const result of results) expect(result).toMatchObject({ status: 'up', errorMessage: null });
    expect(results[3]).toMatchObject({
      responseTimeMs: expect.any(Number),
      httpStatusCode: null,
      readings: {
        probe_dns_lookup_time_seconds: expect.any(Number),
        probe_dns_answer_rrs: 2,
        probe_dns_query_succeeded: 1,
      },
    });
  });

  test('rule 2: without an expected answer is degraded, and says what was expected and what came', async () => {
    const expectedAnswers = ['10 mx1.guardia.test', '30 mx3.guardia.test'];
    const result = await check({
      resolver: await resolver(),
      name: 'guardia.test',
      recordType: 'MX',
      expectedAnswers,
    });
    expect(result).toMatchObject({ status: 'degraded', degradedBy: 'expectation' });
    expect(result.errorMessage).toMatch(
      /^expected MX records of guardia.test with 30 mx3.guardia.test, got (1|2)0 mx/,
    );
  });

  test('rule 2: that answers slower than wanted is degraded', async () => {
    expect(await check({ resolver: await resolver(), degradedMs: 0 })).toMatchObject({
      status: 'degraded',
      degradedBy: 'expectation',
    });
  });

  test.each([
    ['NXDOMAIN', { name: 'gone.guardia.test' }],
    ['NODATA', { recordType: 'MX' }],
    ['REFUSED', { name: 'elsewhere.example' }],
  ] as const)('rule 2: that answers %s is down', async (rcode, spec) => {
    const address = await resolver();
    const result = await check({ resolver: address, ...spec });
    expect(result).toMatchObject({ status: 'down', readings: { probe_dns_query_succeeded: 0 } });
    expect(result.errorMessage).toMatch(new RegExp(`resolver ${address} answered ${rcode}$`));
  });
});

/** A server that answers each query with what the script makes of it; null is silence. */
describe('a server that does wrong', () => {
  const servers: { close(): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function scripted(script: (query: Buffer, count: number) => Buffer | null) {
    const socket = createSocket('udp4');
    servers.push(socket);
    let queries = 0;
    const asked = Promise.withResolvers<void>();
    socket.on('message', (query, from) => {
      queries += 1;
      asked.resolve();
      const answer = script(query, queries);
      if (answer !== null) socket.send(answer, from.port, from.address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const resolver = `127.0.0.1:${(socket.address() as AddressInfo).port}`;
    return { resolver, asked: asked.promise };
  }

  /** The query turned into an answer without records. */
  function reply(query: Buffer, flags: number): Buffer {
    const answer = Buffer.from(query);
    answer.writeUInt16BE(flags, 2);
    return answer;
  }

  test('rule 2: SERVFAIL is down', async () => {
    const { resolver } = await scripted((query) => reply(query, 0x8182));
    const { status, errorMessage } = await check({ resolver });
    expect([status, errorMessage]).toEqual([
      'down',
      `expected A records of www.guardia.test, resolver ${resolver} answered SERVFAIL`,
    ]);
  });

  test('rule 2: silence of a chosen resolver is down once the time is up', async () => {
    const { resolver, asked } = await scripted(() => null);
    const clock = new TestClock();
    const checked = check({ resolver }, { clock });
    await asked;
    await clock.advance(20_000);
    expect(await checked).toMatchObject({ status: 'down', responseTimeMs: null });
    expect((await checked).errorMessage).toContain(`of resolver ${resolver} within 20000 ms`);
    expect(clock.pending).toBe(0);
  });

  test('garbage is no answer', async () => {
    const { resolver, asked } = await scripted(() => Buffer.from('no DNS at all'));
    const clock = new TestClock();
    const checked = check({ resolver }, { clock });
    await asked;
    await clock.advance(20_000);
    expect((await checked).status).toBe('down');
  });

  test('an answer cut short, of which the rest can not be had by TCP, is down', async () => {
    const { resolver } = await scripted((query) => reply(query, 0x8380));
    expect(await check({ resolver })).toMatchObject({
      status: 'down',
      errorMessage: expect.stringContaining(resolver),
    });
  });

  test('a lost datagram is asked for again', async () => {
    const { resolver } = await scripted((query, count) => (count === 1 ? null : reply(query, 0x8183)));
    const result = await check({ resolver, timeoutMs: 4_500 });
    expect(result.errorMessage).toMatch(/NXDOMAIN/);
  });

  test('a chosen resolver that is not there is down', async () => {
    const resolver = `127.0.0.1:${await freePort()}`;
    expect(await check({ resolver })).toMatchObject({
      status: 'down',
      errorMessage: expect.stringContaining('did not answer (ECONNREFUSED)'),
    });
  });
});

describe('rule 1: what is not the resolver’s failure is unknown', () => {
  let port: number;
  beforeAll(async () => {
    port = await freePort();
  });

  test('a resolver that is no address', async () => {
    const { status, errorMessage } = await check({ resolver: 'dns.example.org:53' });
    expect(status).toBe('unknown');
    expect(errorMessage).toBe(
      'resolver: "dns.example.org:53", must be an IP address, with :port or without, as 192.0.2.53:53',
    );
  });

  test('a resolver that may not be reached', async () => {
    const { status, errorMessage } = await check({ resolver: '169.254.169.254' });
    expect(status).toBe('unknown');
    expect(errorMessage).toContain('allow_link_local');
  });

  test('a check that is ended, before and while it waits', async () => {
    const resolver = `127.0.0.1:${port}`;
    expect(await check({ resolver }, { signal: AbortSignal.abort() })).toMatchObject({
      status: 'unknown',
      errorMessage: 'the check was ended before it had a result',
    });
    const owner = new AbortController();
    const checked = check({ resolver: '127.0.0.1:9' }, { signal: owner.signal });
    owner.abort();
    expect((await checked).status).toBe('unknown');
  });
});
