// Redirects to addresses that are refused, in every spelling that a URL or a name service may give them, and that a check
// connects to nothing but what was looked up and permitted for that very hop. Which addresses those are is guard.test.ts's.
import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { check, useFarSides } from './test/kit.ts';

const farSideOf = useFarSides();

/** Answers each look-up with the next list, and keeps which names were asked for. */
function lookupOf(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(name);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { lookup, asked };
}

const REFUSED = /could not run: .* is a link-local or metadata address/;

describe('a redirect is not followed to', () => {
  test.each([
    'http://169.254.169.254/latest',
    '//169.254.169.254/latest',
    'http://169.254.43518/',
    'http://0xA9FEA9FE/',
    'http://0251.0376.0251.0376/',
    'http://user:word@169.254.169.254/',
    'http://%31%36%39.254.169.254/',
    'http://169%E3%80%82254%E3%80%82169%E3%80%82254/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[64:ff9b:1::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[fe80::1]/',
    'http://[::]/',
    'https://[fd00:ec2::254]/',
  ])('%s', async (location) => {
    const farSide = await farSideOf(() => ({ status: 302, headers: { location } }));
    const result = await check(farSide.url);
    expect(result).toMatchObject({ status: 'unknown', httpStatusCode: null, responseTimeMs: null });
    expect(result.errorMessage).toMatch(REFUSED);
    expect(farSide.requests.length).toBe(1);
  });

  test('an address with a zone, which no URL may have', async () => {
    const farSide = await farSideOf(() => ({ status: 302, headers: { location: 'http://[fe80::1%25lo]/' } }));
    expect(await check(farSide.url)).toMatchObject({
      status: 'down',
      errorMessage: expect.stringMatching(/BAD_REDIRECT/),
    });
  });

  test.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    'fe80::1',
    'fe80::1%lo',
    'FE80::1%1',
    '::ffff:169.254.169.254%lo',
    'fd00:ec2::254',
  ])('a name that leads to %s', async (address) => {
    const { lookup, asked } = lookupOf(['127.0.0.1'], [address]);
    const farSide = await farSideOf(() => ({ status: 307, headers: { location: 'http://inner.invalid/' } }));
    const result = await check(`http://shop.invalid:${farSide.port}/`, {}, { lookup });
    expect(result).toMatchObject({ status: 'unknown', httpStatusCode: null });
    expect(result.errorMessage).toMatch(REFUSED);
    expect(asked).toEqual(['shop.invalid', 'inner.invalid']);
  });
});

describe('what is connected to', () => {
  test('is looked up anew at each redirect, once, also where the name stays the same', async () => {
    const farSide = await farSideOf((_, index) =>
      index < 3 ? { status: 302, headers: { location: `/${index}` } } : {},
    );
    const { lookup, asked } = lookupOf(['127.0.0.1']);
    const result = await check(`http://shop.invalid:${farSide.port}/`, {}, { lookup });
    expect(result.status).toBe('up');
    expect(asked).toEqual(Array.from({ length: 4 }, () => 'shop.invalid'));
    expect(farSide.connections).toBe(4);
  });

  test('is never the refused one of several addresses, though it comes first and would answer', async () => {
    // Both would lead to this machine, where the far side listens at 127.0.0.1 alone: 0.0.0.0 reaches it.
    const farSide = await farSideOf(() => ({}));
    const url = `http://shop.invalid:${farSide.port}/`;
    const { lookup } = lookupOf(['0.0.0.0', '::ffff:0.0.0.0', '127.0.0.2']);
    expect((await check(url, { allowLinkLocal: true }, { lookup })).status).toBe('up');
    expect((await check(url, {}, { lookup })).status).toBe('down');
    expect(farSide.requests.length).toBe(1);
  });

  test('is nothing where all addresses of the next hop are refused', async () => {
    const { lookup } = lookupOf(['127.0.0.1'], ['0.0.0.0', '::ffff:0.0.0.0', '::']);
    const farSide = await farSideOf(() => ({ status: 302, headers: { location: '/next' } }));
    const result = await check(`http://shop.invalid:${farSide.port}/`, {}, { lookup });
    expect(result.errorMessage).toMatch(REFUSED);
    expect(farSide.requests.length).toBe(1);
  });

  test('may be a private address: checks are for those', async () => {
    const inner = await farSideOf(() => ({ status: 204 }));
    const farSide = await farSideOf(() => ({
      status: 302,
      headers: { location: `http://[::ffff:127.0.0.1]:${inner.port}/` },
    }));
    expect(await check(farSide.url)).toMatchObject({ status: 'up', httpStatusCode: 204 });
  });
});
