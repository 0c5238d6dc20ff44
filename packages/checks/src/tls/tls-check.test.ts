import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, setDefaultCACertificates, type TlsOptions } from 'node:tls';
import type { TlsCheckSpec } from '@guardia/model';
import { afterEach, describe, expect, test } from 'vitest';
import type { CheckContext } from '../check.ts';
import { authority } from '../dialogue/test/authority.ts';
import { bounds, contextOf, serverOf, useTeardown } from '../dialogue/test/kit.ts';
import { testCertificate } from '../http/test/certificate.ts';
import { manualClock } from '../http/test/kit.ts';
import { runTlsCheck } from './tls-check.ts';

useTeardown();

const DAY_MS = 86_400_000;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function tlsServer(options: TlsOptions): Promise<number> {
  const server = createServer(options, (socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  ends.push(() => {
    server.close();
    return once(server, 'close');
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const check = (port: number, spec: Partial<TlsCheckSpec> = {}, context: Partial<CheckContext> = {}) =>
  runTlsCheck(
    {
      type: 'tls',
      host: '127.0.0.1',
      port,
      serverName: '127.0.0.1',
      issuer: null,
      certWarnDays: 14,
      ...bounds,
      ...spec,
    },
    contextOf(context),
  );

/** A self-signed certificate, trusted by this test file's process alone. */
function trusted(daysLeft: number, name = 'IP:127.0.0.1') {
  const made = testCertificate(name, Date.now() + (daysLeft + 0.5) * DAY_MS);
  setDefaultCACertificates([made.cert]);
  return made;
}

test('a trusted certificate is up, with its days, its end and the version of TLS', async () => {
  const port = await tlsServer(trusted(41));
  expect(await check(port)).toMatchObject({
    status: 'up',
    sslExpiryDays: 41,
    responseTimeMs: expect.any(Number),
    errorMessage: null,
    readings: {
      'probe_tcp_duration_seconds{phase="connect"}': expect.any(Number),
      'probe_tcp_duration_seconds{phase="tls"}': expect.any(Number),
      'probe_tls_version_info{version="TLS 1.3"}': 1,
      probe_ssl_earliest_cert_expiry: expect.any(Number),
      probe_ip_protocol: 4,
    },
  });
});

test('a certificate that is valid for a hundred years is up', async () => {
  const port = await tlsServer(trusted(36_500));
  expect(await check(port)).toMatchObject({ status: 'up', sslExpiryDays: 36_500 });
});

test('rule 2: a certificate near its end is degraded by that alone', async () => {
  const port = await tlsServer(trusted(13));
  expect(await check(port)).toMatchObject({
    status: 'degraded',
    degradedBy: 'certificate',
    sslExpiryDays: 13,
    errorMessage: 'expected a certificate that is valid for at least 14 days, got one that ends in 13',
  });
  expect((await check(port, { certWarnDays: 13 })).status).toBe('up');
});

describe('rule 2: down is', () => {
  test('a certificate that has expired', async () => {
    const port = await tlsServer(trusted(-3));
    expect(await check(port)).toMatchObject({
      status: 'down',
      sslExpiryDays: -3,
      responseTimeMs: null,
      errorMessage: `expected a valid certificate of 127.0.0.1:${port}, got one that has expired (CERT_HAS_EXPIRED)`,
    });
  });

  test('a certificate that nobody vouches for', async () => {
    const made = trusted(9);
    setDefaultCACertificates([]);
    const port = await tlsServer(made);
    expect(await check(port)).toMatchObject({
      status: 'down',
      sslExpiryDays: 9,
      errorMessage: expect.stringContaining('a self-signed one'),
    });
  });

  test('a certificate for another name than the one that is asked for', async () => {
    const port = await tlsServer(trusted(41, 'DNS:shop.example'));
    expect((await check(port)).errorMessage).toContain('for 127.0.0.1, got one for shop.example');
    expect((await check(port, { serverName: 'shop.example' })).status).toBe('up');
    expect((await check(port, { serverName: 'mail.example' })).status).toBe('down');
  });

  test.each([
    ['that does not speak TLS', 'SSH-2.0-OpenSSH\r\n'],
    ['that closes within the handshake', ''],
  ])('a server %s', async (_, text) => {
    const server = await serverOf((socket) => socket.once('data', () => socket.end(text)));
    expect((await check(server.port)).status).toBe('down');
  });

  test('a server that says nothing, and the connection is ended', async () => {
    const { clock, fire } = manualClock();
    const server = await serverOf(() => {});
    const running = check(server.port, {}, { clock });
    await expect.poll(() => server.received().length).toBeGreaterThan(0);
    fire();
    expect(await running).toMatchObject({
      status: 'down',
      errorMessage: `expected an answer of ${server.address} within 20000 ms, timed out while agreeing on TLS`,
    });
    await expect.poll(() => server.sockets[0]!.destroyed).toBe(true);
  });

  test('a server that offers only what is no longer safe', async () => {
    const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    const port = await tlsServer({ ...trusted(41), ...options });
    expect(await check(port)).toMatchObject({ status: 'down', errorMessage: expect.stringContaining('TLS') });
  });
});

describe('of a chain', () => {
  test('the certificate that ends first counts', async () => {
    const { cert, issue } = authority('Test-Authority', 20);
    const own = issue('IP:127.0.0.1', 90);
    setDefaultCACertificates([cert]);
    const port = await tlsServer({ key: own.key, cert: own.cert + cert });
    expect(await check(port)).toMatchObject({ status: 'up', sslExpiryDays: 19 });
    expect(await check(port, { certWarnDays: 30 })).toMatchObject({ degradedBy: 'certificate' });
  });

  test('an authority that was not sent has no say', async () => {
    const { cert, issue } = authority('Test-Authority', 20);
    setDefaultCACertificates([cert]);
    const port = await tlsServer({ ...issue('IP:127.0.0.1', 90), ca: [] });
    expect(await check(port)).toMatchObject({ status: 'up', sslExpiryDays: 89 });
  });

  test('the issuer is compared with the text', async () => {
    const { cert, issue } = authority('Test-Authority', 90);
    setDefaultCACertificates([cert]);
    const port = await tlsServer(issue('IP:127.0.0.1', 60));
    expect((await check(port, { issuer: 'Test-Auth' })).status).toBe('up');
    expect(await check(port, { issuer: "Let's Encrypt" })).toMatchObject({
      status: 'degraded',
      degradedBy: 'expectation',
      errorMessage: expect.stringMatching(
        /^expected an issuer of the certificate with "Let's Encrypt", got "O=Test-Authority, CN=/,
      ),
    });
  });

  test('without the certificates in between is down', async () => {
    const { issue } = authority('Test-Authority', 90);
    setDefaultCACertificates([]);
    const port = await tlsServer(issue('IP:127.0.0.1', 60));
    expect((await check(port)).status).toBe('down');
  });
});

test('the name is told to the server, an address is not', async () => {
  const names: string[] = [];
  const made = trusted(41, 'DNS:shop.example,IP:127.0.0.1');
  const SNICallback: NonNullable<TlsOptions['SNICallback']> = (name, done) => {
    names.push(name);
    done(null);
  };
  const port = await tlsServer({ ...made, SNICallback });
  expect((await check(port, { serverName: 'shop.example' })).status).toBe('up');
  expect((await check(port)).status).toBe('up');
  expect(names).toEqual(['shop.example']);
});
