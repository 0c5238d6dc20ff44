import type { LookupFunction } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressRefused, guardedLookup, guardHost } from './guard.ts';

test.each([
  '169.254.169.254',
  '169.254.169.254.',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '0xA9.254.0251.254',
  '[::ffff:169.254.169.254]',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '::a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::169.254.169.254',
  '64:ff9b:1:a9fe:a9:fe00::',
  '64:ff9b:1:a9fe:a9:fe00:0:7',
  '64:ff9b:1:12a9:fe:a9fe::',
  '64:ff9b:1:1234:a9:fea9:fe00:0',
  '64:ff9b:1:1::a9fe:a9fe',
  '64:FF9B:1:1:0:2:169.254.169.254',
  '64:ff9b:1:6464:64:c800::',
  '2001:0:a9fe:a9fe::1',
  '2001:0:102:304:0:ffff:5601:5601',
  '2001:db8::5efe:a9fe:a9fe',
  '[2001:db8:1:2:200:5efe:169.254.169.254]',
  '2001:db8:1:2:200:5efe:a83f:8110%eth0',
  '2002:a9fe:a9fe::1',
  'fe80::1',
  'febf::1%eth0',
  'FD00:0EC2:0::254',
  '100.100.100.200',
  '168.63.129.16',
  '0.0.0.0',
  '0',
  '::',
  '::ffff:0.0.0.0',
])('refuses %s unless it is allowed', (host) => {
  expect(() => guardHost(host, false)).toThrow(AddressRefused);
  expect(() => guardHost(host, true)).not.toThrow();
});

test.each([
  '127.0.0.1',
  '::1',
  '[::1]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  'fd00::1',
  'fd00:ec2::253',
  '::ffff:10.0.0.1',
  '1.1.1.1',
  '2606:4700::1111',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::10.0.0.1',
  '64:ff9b:1:a00:0:100::',
  '64:ff9b:1:0a:0:1::',
  '64:ff9b:1:0:a:0:100:0',
  '64:ff9b:1:1::10.0.0.1',
  '64:ff9b:2:a9fe:a9:fe00::',
  '2001:0:102:304:0:ffff:f5ff:fffe',
  '2001:1:a9fe:a9fe::1',
  '2001:db8::5efe:10.0.0.1',
  '2001:db8::a9fe:a9fe',
  'localhost',
  'shop.invalid',
  'no host at all',
])('lets %s pass: private addresses are checked on purpose', (host) => {
  expect(() => guardHost(host, false)).not.toThrow();
});

test('always refuses link-local addresses, in whichever spelling', () => {
  const part = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(part, part, fc.nat(5), (c, d, spelling) => {
      const number = ((169 * 256 + 254) * 256 + c) * 256 + d;
      const word = (n: number) => n.toString(16).padStart(4, '0');
      const low = word(c * 256 + d);
      const spelled = [
        `169.254.${c}.${d}`,
        `${number}`,
        `0x${number.toString(16)}`,
        `0${number.toString(8)}`,
        `::ffff:a9fe:${low}`,
        `64:ff9b::a9fe:${low}`,
      ][spelling]!;
      expect(() => guardHost(spelled, false)).toThrow(AddressRefused);
    }),
  );
});

describe('looking up', () => {
  const answering =
    (...addresses: string[]): LookupFunction =>
    (_name, { all }, callback) => {
      if (all)
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      else callback(null, addresses[0]!, 4);
    };

  const look = (lookup: LookupFunction, all: boolean, allowLinkLocal = false) =>
    new Promise<unknown>((resolve) => {
      guardedLookup({ allowLinkLocal, lookup })('name', { all }, (error, found) => resolve(error ?? found));
    });

  test('answers what may be checked, as it came', async () => {
    expect(await look(answering('10.0.0.1'), false)).toBe('10.0.0.1');
    expect(await look(answering('10.0.0.1', '::1'), true)).toEqual([
      { address: '10.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });

  test('leaves out what may not', async () => {
    expect(await look(answering('169.254.169.254', '10.0.0.1'), true)).toEqual([
      { address: '10.0.0.1', family: 4 },
    ]);
  });

  test.each([true, false])('fails when nothing is left, and names the setting (all: %s)', async (all) => {
    const error = await look(answering('169.254.169.254'), all);
    expect(error).toBeInstanceOf(AddressRefused);
    expect((error as Error).message).toBe(
      '169.254.169.254 is a link-local or metadata address, which checks reach only with allow_link_local: true',
    );
    expect(await look(answering('169.254.169.254'), false, true)).toBe('169.254.169.254');
  });

  test('passes failures on', async () => {
    const failure = Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    expect(await look((_name, _options, callback) => callback(failure, '', 0), true)).toBe(failure);
  });

  test('asks this machine when nothing else is given', async () => {
    const found = await new Promise((resolve) => {
      guardedLookup({ allowLinkLocal: false })('localhost', { all: false, family: 4 }, (_, address) =>
        resolve(address),
      );
    });
    expect(found).toBe('127.0.0.1');
  });
});
