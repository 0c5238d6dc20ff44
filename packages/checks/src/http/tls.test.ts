import type { AddressInfo } from 'node:net';
import { createServer, setDefaultCACertificates } from 'node:tls';
import type { FarSide, FarSideScript } from '@guardia/testing';
import { beforeEach, expect, test } from 'vitest';
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

test('a certificate for another name is down', async () => {
  const { url } = await httpsFarSide({ name: 'DNS:elsewhere.example', daysLeft: 9, isTrusted: true });
  expect(await check(url)).toMatchObject({
    status: 'down',
    sslExpiryDays: 9,
    errorMessage: expect.stringMatching(/got one for another name/),
  });
});

test('a certificate is checked against the name that was asked for', async () => {
  const { port } = await httpsFarSide({ name: 'DNS:localhost', daysLeft: 9, isTrusted: true });
  expect((await check(`https://localhost:${port}`)).status).toBe('up');
});

test.each([
  [5, 80],
  [80, 5],
])('along redirects from %i to %i days the certificate that ends first counts', async (first, last) => {
  const plain = await farSideOf(() => ({}));
  const to = (farSide: FarSide) => () => ({ status: 302, headers: { location: farSide.url } });
  const second = await httpsFarSide({ daysLeft: last, isTrusted: true, script: to(plain) });
  const { url } = await httpsFarSide({ daysLeft: first, isTrusted: true, script: to(second) });
  expect(await check(url)).toMatchObject({ status: 'up', sslExpiryDays: 5 });
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
