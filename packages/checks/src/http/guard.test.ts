import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { check, useFarSides } from './test/kit.ts';

const farSideOf = useFarSides();

/** Answers each look-up with the next address. */
function lookupOf(...addresses: string[]): LookupFunction {
  return (_name, _options, callback) => callback(null, [{ address: addresses.shift()!, family: 4 }]);
}

const refused = (host: string, address: string) => ({
  status: 'unknown',
  httpStatusCode: null,
  errorMessage: `the check of ${host} could not run: ${address} is a link-local or metadata address, which checks reach only with allow_link_local: true`,
});

test.each([
  ['http://169.254.169.254/latest', '169.254.169.254', '169.254.169.254'],
  ['http://0xa9fea9fe./', '169.254.169.254', '169.254.169.254'],
  ['https://[::ffff:169.254.169.254]/', '[::ffff:a9fe:a9fe]', '::ffff:a9fe:a9fe'],
])('%s is not asked', async (url, host, address) => {
  expect(await check(url)).toMatchObject(refused(host, address));
});

test('a name that leads to a metadata address is not asked', async () => {
  expect(await check('http://shop.invalid/', {}, { lookup: lookupOf('169.254.169.254') })).toMatchObject(
    refused('shop.invalid', '169.254.169.254'),
  );
});

test('a redirect to a metadata address is not followed', async () => {
  const farSide = await farSideOf(() => ({ status: 302, headers: { location: 'http://2852039166/latest' } }));
  const { errorMessage, ...rest } = refused('169.254.169.254', '169.254.169.254');
  expect(await check(farSide.url)).toMatchObject({
    ...rest,
    errorMessage: `${errorMessage}; 127.0.0.1:${farSide.port} redirects there`,
  });
});

test('a name that leads elsewhere at the redirect is looked at again', async () => {
  const farSide = await farSideOf(() => ({ status: 302, headers: { location: '/again' } }));
  const lookup = lookupOf('127.0.0.1', '169.254.169.254');
  const host = `shop.invalid:${farSide.port}`;
  expect(await check(`http://${host}/`, {}, { lookup })).toMatchObject(refused(host, '169.254.169.254'));
  expect(farSide.requests.map(({ path }) => path)).toEqual(['/']);
});

test('what is connected to is what was looked up: nothing is looked up twice', async () => {
  const { port } = await farSideOf(() => ({}));
  const lookup = lookupOf('127.0.0.1', '169.254.169.254');
  expect((await check(`http://shop.invalid:${port}/`, {}, { lookup })).status).toBe('up');
});

test('with allow_link_local they are asked', async () => {
  const { port } = await farSideOf(() => ({}));
  // This machine itself, by an address that is refused otherwise.
  const url = `http://0.0.0.0:${port}/`;
  expect((await check(url)).status).toBe('unknown');
  expect((await check(url, { allowLinkLocal: true })).status).toBe('up');
});
