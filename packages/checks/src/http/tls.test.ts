import { setDefaultCACertificates } from 'node:tls';
import { type FarSide, type FarSideScript, startFarSide } from '@guardia/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CheckResult } from '../check.ts';
import { runHttpCheck } from './http-check.ts';
import { testCertificate } from './test-certificate.ts';

const DAY_MS = 86_400_000;
let farSides: FarSide[];
beforeEach(() => {
  farSides = [];
});
afterEach(async () => {
  await Promise.all(farSides.map((farSide) => farSide.stop()));
});

interface Setup {
  readonly name?: string;
  readonly daysLeft: number;
  readonly isTrusted: boolean;
  readonly script?: FarSideScript;
}

async function httpsFarSide({ name = 'IP:127.0.0.1', daysLeft, isTrusted, script }: Setup): Promise<FarSide> {
  const tls = testCertificate(name, Date.now() + (daysLeft + 0.5) * DAY_MS);
  // Of this test file's process alone.
  setDefaultCACertificates(isTrusted ? [tls.cert] : []);
  const farSide = await startFarSide({ tls, ...(script === undefined ? {} : { script }) });
  farSides.push(farSide);
  return farSide;
}

function check(url: string): Promise<CheckResult> {
  const clock = {
    wall: () => Date.now(),
    mono: () => performance.now(),
    after: (ms: number, call: () => void) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
  };
  return runHttpCheck(
    {
      url,
      timeoutMs: 20_000,
      method: 'GET',
      headers: {},
      body: null,
      expectedStatus: [{ from: 200, to: 299 }],
      followRedirects: true,
      retries: 0,
    },
    { clock, signal: new AbortController().signal },
  );
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

test('along a redirect the certificate is the one that was seen', async () => {
  const plain = await startFarSide();
  farSides.push(plain);
  const { url } = await httpsFarSide({
    daysLeft: 5,
    isTrusted: true,
    script: () => ({ status: 302, headers: { location: plain.url } }),
  });
  expect(await check(url)).toMatchObject({ status: 'up', sslExpiryDays: 5 });
});
