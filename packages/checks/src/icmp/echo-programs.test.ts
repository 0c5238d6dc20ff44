import { expect, test } from 'vitest';
import { fpingArgv, fpingReply, pingArgv, pingReply } from './echo-programs.ts';

test('fping is asked for all addresses at once, ping for one', () => {
  const order = { packets: 3, timeoutMs: 1500.5 };
  expect(fpingArgv({ ...order, addresses: ['192.0.2.1', '2001:db8::1'] }).join(' ')).toBe(
    '-C 3 -p 30 -i 0.1 -t 1501 192.0.2.1 2001:db8::1',
  );
  expect(pingArgv({ ...order, address: '192.0.2.1' }).join(' ')).toBe('-c 3 -i 0.2 -W 2 192.0.2.1');
});

test.each([
  [
    '192.0.2.1  : [0], 64 bytes, 0.409 ms (0.409 avg, 0% loss)',
    { address: '192.0.2.1', sequence: 0, rttMs: 0.409 },
  ],
  [
    '2001:db8::1 : [12], 64 bytes, 1046 ms (12.0 avg, 8% loss)',
    { address: '2001:db8::1', sequence: 12, rttMs: 1046 },
  ],
  ['192.0.2.1 : [0], timed out (NaN avg, 100% loss)', null],
  ['192.0.2.1 : duplicate for [0], 64 bytes, 0.409 ms', null],
  ['', null],
])('fping says %j', (line, reply) => {
  expect(fpingReply(line)).toEqual(reply);
});

test.each([
  ['64 bytes from 192.0.2.1: icmp_seq=2 ttl=64 time=0.025 ms', { sequence: 2, rttMs: 0.025 }],
  ['64 bytes from 192.0.2.1: icmp_seq=2 ttl=64 time=12 ms (DUP!)', { sequence: 2, rttMs: 12 }],
  ['64 bytes from 192.0.2.1: seq=0 ttl=64 time=0.100 ms', { sequence: 0, rttMs: 0.1 }],
  ['From 192.0.2.9 icmp_seq=1 Destination Host Unreachable', null],
  ['PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.', null],
])('ping says %j', (line, reply) => {
  expect(pingReply('192.0.2.1', line)).toEqual(reply === null ? null : { address: '192.0.2.1', ...reply });
});
