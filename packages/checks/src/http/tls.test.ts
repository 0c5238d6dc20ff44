import type { AddressInfo } from 'node:net';
import { createServer, setDefaultCACertificates } from 'node:tls';
import type { FarSide, FarSideScript } from '@guardia/testing';
import { beforeEach, expect, test } from 'vitest';
import { authority } from '../dialogue/test/authority.ts';
import { testCertificate } from './test/certificate.ts';
import { check, useFarSides } from './test/kit.ts';

const DAY_MS = 86_400_000;
const farSideOf = useFarSides();
let trusted: string[];
beforeEach(() => {
  trusted = [];
});

interface Setup {
  readonly name?: string;
  readonly daysLeft: number;
  readonly isTrusted: boolean;
  readonly script?: FarSideScript;
}

async function httpsFarSide({
  name = 'IP:127.0.0.1',
  daysLeft,
  isTrusted,
  script = () => ({}),
}: Setup): Promise<FarSide> {
  const tls = testCertificate(name, Date.now() + (daysLeft + 0.5) * DAY_MS);
  // Of this test file's process alone.
  trusted = isTrusted ? [...trusted, tls.cert] : trusted;
  setDefaultCACertificates(trusted);
  return farSideOf(script, { tls });
}

test('a trusted certificate is up, with the days that are left, each time anew', async () => {
  const { url } = await httpsFarSide({ daysLeft: 41, isTrusted: true });
  for (let round = 0; round < 2; round++) {
    expect(await check(url)).toMatchObject({
      status: 'up',
      httpStatusCode: 200,
      sslExpiryDays: 41,
      errorMessage: null,
    });
  }
});

test('a self-signed certificate is down, its days are known, and nothing was sent', async () => {
  const farSide = await httpsFarSide({ daysLeft: 10, isTrusted: false });
  expect(await check(farSide.url)).toMatchObject({
    status: 'down',
    sslExpiryDays: 10,
    errorMessage: `expected a valid certificate of 127.0.0.1:${farSide.port}, got a self-signed one (DEPTH_ZERO_SELF_SIGNED_CERT)`,
  });
  expect(farSide.requests).toEqual([]);
});

test('an expired certificate is down with negative days', async () => {
  const { url } = await httpsFarSide({ daysLeft: -3, isTrusted: true });
  expect(await check(url)).toMatchObject({
    status: 'down',
    sslExpiryDays: -3,
    errorMessage: expect.stringMatching(/got one that has expired \(CERT_HAS_EXPIRED\)$/),
  });
});

test('rule 2: a certificate for another name is down, and says for which', async () => {
  const { url, port } = await httpsFarSide({ name: 'DNS:elsewhere.example', daysLeft: 9, isTrusted: true });
  expect(await check(url)).toMatchObject({
    status: 'down',
    sslExpiryDays: 9,
    errorMessage:
      `expected a certificate of 127.0.0.1:${port} for 127.0.0.1, got one for elsewhere.example ` +
      '(ERR_TLS_CERT_ALTNAME_INVALID)',
  });
});

test('a certificate is checked against the name that was asked for', async () => {
  const { port } = await httpsFarSide({ name: 'DNS:localhost', daysLeft: 90, isTrusted: true });
  expect((await check(`https://localhost:${port}`)).status).toBe('up');
});

test.each([
  [25, 80],
  [80, 25],
])('along redirects from %i to %i days the certificate that ends first counts', async (first, last) => {
  const plain = await farSideOf(() => ({}));
  const to = (farSide: FarSide) => () => ({ status: 302, headers: { location: farSide.url } });
  const second = await httpsFarSide({ daysLeft: last, isTrusted: true, script: to(plain) });
  const { url } = await httpsFarSide({ daysLeft: first, isTrusted: true, script: to(second) });
  expect(await check(url)).toMatchObject({ status: 'up', sslExpiryDays: 25 });
});

test('rule 2: a certificate within its warning days is degraded, by nothing but the certificate', async () => {
  const { url } = await httpsFarSide({ daysLeft: 9, isTrusted: true });
  expect(await check(url, { certWarnDays: 10 })).toMatchObject({
    status: 'degraded',
    degradedBy: 'certificate',
    sslExpiryDays: 9,
    errorMessage: 'expected a certificate that is valid for at least 10 days, got one that ends in 9',
  });
  expect((await check(url, { certWarnDays: 9 })).status).toBe('up');
});

test('rule 2: an expectation that is not met outweighs the certificate, and both are said', async () => {
  const { url } = await httpsFarSide({ daysLeft: 9, isTrusted: true });
  const result = await check(url, { bodyPattern: 'ok' });
  expect(result).toMatchObject({ status: 'degraded', degradedBy: 'expectation' });
  expect(result.errorMessage).toMatch(/matches \/ok\/, got an empty one; expected a certificate/);
});

test('a certificate with a 100-year date is up', async () => {
  const { url } = await httpsFarSide({ daysLeft: 36_524, isTrusted: true });
  const result = await check(url);
  expect(result).toMatchObject({ status: 'up', sslExpiryDays: 36_524 });
  const endsAt = result.readings.probe_ssl_earliest_cert_expiry!;
  expect(Math.abs(endsAt * 1_000 - Date.now() - 36_524.5 * DAY_MS)).toBeLessThan(60_000);
});

test('of a chain the certificate that ends first counts, as with other checks', async () => {
  const { cert, issue } = authority('some', 30);
  const own = issue('IP:127.0.0.1', 90);
  setDefaultCACertificates([cert]);
  const { url } = await farSideOf(() => ({}), { tls: { key: own.key, cert: own.cert + cert } });
  const { status, sslExpiryDays, readings } = await check(url);
  expect([status, sslExpiryDays]).toEqual(['up', 29]);
  const daysLeft = (readings.probe_ssl_earliest_cert_expiry! * 1_000 - Date.now()) / DAY_MS;
  expect(Math.round(daysLeft)).toBe(30);
});

test('an authority that was not sent has no say: it is this machine’s own', async () => {
  const { cert, issue } = authority('some', 30);
  setDefaultCACertificates([cert]);
  const { url } = await farSideOf(() => ({}), { tls: { ...issue('IP:127.0.0.1', 90), ca: [] } });
  expect(await check(url)).toMatchObject({ status: 'up', sslExpiryDays: 89 });
});

test('rule 2: a certificate that has ended, and is sent without need, is degraded', async () => {
  const needless = testCertificate('DNS:old.example', Date.now() - 2.5 * DAY_MS);
  const own = testCertificate('IP:127.0.0.1', Date.now() + 90 * DAY_MS);
  setDefaultCACertificates([own.cert]);
  const { url } = await farSideOf(() => ({}), { tls: { key: own.key, cert: own.cert + needless.cert } });
  expect(await check(url)).toMatchObject({
    status: 'degraded',
    degradedBy: 'certificate',
    sslExpiryDays: -3,
    errorMessage: 'expected a certificate that is valid for at least 14 days, got one that ended 3 days ago',
  });
});

test('what TLS took is a reading', async () => {
  const { url } = await httpsFarSide({ daysLeft: 90, isTrusted: true });
  expect((await check(url)).readings).toMatchObject({
    probe_http_ssl: 1,
    'probe_http_duration_seconds{phase="tls"}': expect.any(Number),
  });
});

test('the name is told to the far side, which may have a certificate for each', async () => {
  const names: string[] = [];
  const tls = testCertificate('DNS:localhost', Date.now() + DAY_MS);
  const SNICallback = (name: string, done: (error: Error) => void) => {
    names.push(name);
    done(new Error('none for this name'));
  };
  const server = createServer({ ...tls, SNICallback });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  try {
    const { port } = server.address() as AddressInfo;
    expect((await check(`https://localhost:${port}`)).status).toBe('down');
    expect(names).toEqual(['localhost']);
  } finally {
    server.close();
  }
});
