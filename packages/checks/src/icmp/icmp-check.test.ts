import { readFileSync, writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import type { IcmpCheckSpec } from '@guardia/model';
import { describe, expect, test } from 'vitest';
import type { CheckContext } from '../check.ts';
import {
  bounds,
  contextOf,
  freePort,
  isMissing,
  serverOf,
  temporaryFolder,
  useTeardown,
} from '../dialogue/test/kit.ts';
import { runIcmpCheck } from './icmp-check.ts';
import { createPinger, type PingerOptions } from './pinger.ts';

const NONE = '/nonexistent/program';
useTeardown();

function script(...lines: string[]): string {
  const file = join(temporaryFolder(), 'program');
  writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return file;
}

/** An fping that hears this machine, and then does what the lines say. */
function scriptedFping(...lines: string[]): string {
  return script(`case "$*" in "-C 1 "*" -t 200 127.0.0.1") ${reply(0, 0.1)}; exit 0;; esac`, ...lines);
}

function specOf(spec: Partial<IcmpCheckSpec>): IcmpCheckSpec {
  return { ...bounds, type: 'icmp', host: '127.0.0.1', packets: 3, maxLossPercent: 0, ...spec };
}

function check(
  options: PingerOptions,
  spec: Partial<IcmpCheckSpec> = {},
  context: Partial<CheckContext> = {},
) {
  return runIcmpCheck(specOf(spec), contextOf(context), createPinger(options));
}

const lookupOf =
  (address: string): LookupFunction =>
  (_name, _options, callback) =>
    callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);

const reply = (sequence: number, rttMs: number, address = '127.0.0.1') =>
  `echo '${address} : [${sequence}], 64 bytes, ${rttMs} ms (${rttMs} avg, 0% loss)'`;

describe.skipIf(isMissing('/usr/bin/fping', 'fping'))('fping', () => {
  test.each(['127.0.0.1', '::1'])('%s is up, with loss and round trips', async (host) => {
    const result = await check({}, { host });
    expect(result).toMatchObject({ status: 'up', errorMessage: null, degradedBy: null });
    expect(result.readings).toEqual({
      'probe_icmp_duration_seconds{phase="resolve"}': expect.any(Number),
      'probe_icmp_duration_seconds{phase="rtt"}': expect.any(Number),
      probe_icmp_rtt_min_seconds: expect.any(Number),
      probe_icmp_rtt_max_seconds: expect.any(Number),
      probe_icmp_reply_loss_ratio: 0,
      'probe_icmp_info{way="fping"}': 1,
    });
    expect(result.responseTimeMs).toBeGreaterThan(0);
  });

  test('what is asked at the same time goes out with one fping, whatever the family', async () => {
    const file = script('echo "$*" >> "$0.calls"', 'exec fping "$@"');
    const pinger = createPinger({ fping: file });
    const hosts = [...Array.from({ length: 254 }, (_, index) => `127.0.0.${index + 1}`), '::1', '127.0.0.1'];
    const results = await Promise.all(
      hosts.map((host) => runIcmpCheck(specOf({ host }), contextOf(), pinger)),
    );
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['up']));
    const [, ...calls] = readFileSync(`${file}.calls`, 'utf8').trim().split('\n');
    expect(calls).toHaveLength(1);
    expect(calls[0]!.split(' ').filter((word) => word === '127.0.0.1')).toHaveLength(1);
  });
});

describe.skipIf(isMissing('/usr/bin/ping', 'iputils-ping'))('ping', () => {
  test.each(['127.0.0.1', '::1'])('serves %s where fping is not installed', async (host) => {
    const result = await check({ fping: NONE }, { host, packets: 2 });
    expect(result).toMatchObject({
      status: 'up',
      readings: { 'probe_icmp_info{way="ping"}': 1, probe_icmp_reply_loss_ratio: 0 },
    });
  });

  test('serves where fping hears nothing, not even this machine', async () => {
    const deaf = script("echo '127.0.0.1 : [0], timed out (NaN avg, 100% loss)'", 'exit 1');
    expect((await check({ fping: deaf }, { packets: 1 })).readings).toHaveProperty(
      'probe_icmp_info{way="ping"}',
    );
  });

  test('serves where fping may not send', async () => {
    const refused = script('echo "fping: can\'t create socket (must run as root?)" >&2', 'exit 4');
    expect((await check({ fping: refused }, { packets: 1 })).readings).toHaveProperty(
      'probe_icmp_info{way="ping"}',
    );
  });
});

describe('what came back', () => {
  test('rule 2: loss above the limit is degraded, and says how much', async () => {
    const fping = scriptedFping(reply(0, 1), reply(2, 3), reply(2, 9), 'exit 1');
    const result = await check({ fping }, { packets: 4, maxLossPercent: 25 });
    expect(result).toMatchObject({
      status: 'degraded',
      degradedBy: 'expectation',
      responseTimeMs: 2,
      errorMessage: 'expected at most 25 % of loss, got 50 %: 2 of 4 packets came back from 127.0.0.1',
      readings: { probe_icmp_reply_loss_ratio: 0.5, probe_icmp_rtt_max_seconds: 0.003 },
    });
    expect((await check({ fping }, { packets: 4, maxLossPercent: 50 })).status).toBe('up');
  });

  test('rule 2: slower than wanted is degraded', async () => {
    const fping = scriptedFping(reply(0, 30));
    expect(await check({ fping }, { packets: 1, degradedMs: 20 })).toMatchObject({
      status: 'degraded',
      errorMessage: 'expected an answer within 20 ms, got it after 30 ms',
    });
  });

  test('rule 2: nothing is down, named by host and address', async () => {
    const lookup = lookupOf('127.0.0.9');
    const result = await check({ fping: scriptedFping('exit 1') }, { host: 'gone.example' }, { lookup });
    expect(result).toMatchObject({
      status: 'down',
      responseTimeMs: null,
      errorMessage: 'expected replies of gone.example (127.0.0.9) to 3 packets within 20000 ms, got none',
      readings: { probe_icmp_reply_loss_ratio: 1 },
    });
  });

  test('each host keeps its own time-out, and what came until then counts', async () => {
    const clock = new TestClock();
    const fping = scriptedFping(reply(0, 1), reply(1, 1, '127.0.0.2'), 'touch "$0.said"', 'exec sleep 1000');
    const pinger = createPinger({ fping });
    const run = (host: string, timeoutMs: number) =>
      runIcmpCheck(specOf({ host, timeoutMs, packets: 2, maxLossPercent: 50 }), contextOf({ clock }), pinger);
    const [short, silent, long] = [run('127.0.0.1', 1000), run('127.0.0.3', 1000), run('127.0.0.2', 9000)];
    const ended: string[] = [];
    void long.then(() => ended.push('long'));
    await clock.advance(10);
    await expect.poll(() => readFileSync(`${fping}.said`, 'utf8')).toBe('');
    await clock.advance(990);
    expect([(await short).status, (await silent).status, ended]).toEqual(['up', 'down', []]);
    await clock.advance(8000);
    expect((await long).status).toBe('up');
    expect(clock.pending).toBe(0);
  });
});

describe('names', () => {
  test('the address that is pinged is the one that was permitted', async () => {
    const fping = scriptedFping('echo "$*" > "$0.argv"', reply(0, 1, '127.0.0.7'));
    const lookup = lookupOf('127.0.0.7');
    const result = await check({ fping }, { host: '-f.example', packets: 1 }, { lookup });
    expect(result.status).toBe('up');
    expect(readFileSync(`${fping}.argv`, 'utf8')).toMatch(/^-C 1 .* 127\.0\.0\.7\n$/);
  });

  test.each([
    ['169.254.169.254', undefined],
    ['metadata.example', lookupOf('fe80::1')],
  ])('rule 1: %s may not be reached, and nothing is sent', async (host, lookup) => {
    const { status, errorMessage } = await check({ fping: NONE }, { host }, lookup && { lookup });
    expect([status, errorMessage]).toEqual(['unknown', expect.stringContaining('allow_link_local')]);
  });

  test.each([
    ['ENOTFOUND', 'down'],
    ['EAI_AGAIN', 'unknown'],
  ])('a look-up that fails with %s is %s', async (code, status) => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error(code), { code }), []);
    const result = await check({ fping: NONE }, { host: 'gone.example' }, { lookup });
    expect([result.status, result.errorMessage]).toEqual([status, expect.stringContaining(code)]);
  });

  test('rule 1: a resolver that is silent is unknown', async () => {
    const clock = new TestClock();
    const checked = check({}, { host: 'slow.example', timeoutMs: 1000 }, { clock, lookup: () => {} });
    await clock.advance(1000);
    expect((await checked).status).toBe('unknown');
  });
});

describe('without fping and ping', () => {
  const without = { fping: NONE, ping: NONE };

  test('a host whose port answers is up, and one that refuses is too', async () => {
    const { port } = await serverOf(() => {});
    for (const tcpPorts of [[port], [await freePort()]]) {
      const result = await check({ ...without, tcpPorts });
      expect(result).toMatchObject({ status: 'up', responseTimeMs: expect.any(Number) });
      expect(result.readings).toHaveProperty('probe_icmp_info{way="tcp"}', 1);
      expect(result.readings).not.toHaveProperty('probe_icmp_reply_loss_ratio');
    }
  });

  test('rule 1: silence is unknown, and says what is missing', async () => {
    const result = await check({ ...without, tcpPorts: [] });
    expect(result.status).toBe('unknown');
    expect(result.errorMessage).toBe(
      `no echo can be sent from here (${NONE} is not installed; ${NONE} is not installed), ` +
        'and no TCP port of 127.0.0.1 that was tried answers; see docs/icmp.md',
    );
  });

  test('rule 1: an address that can not be connected to from here is unknown', async () => {
    const result = await check({ ...without, tcpPorts: [9] }, { host: '255.255.255.255' });
    expect(result.status).toBe('unknown');
  });
});

describe('rule 1: this machine’s own failures are unknown', () => {
  test('no route, though fping ran', async () => {
    const result = await check({ fping: scriptedFping('exit 1') }, { host: '255.255.255.255' });
    expect(result.status).toBe('unknown');
    expect(result.errorMessage).toContain('could not run');
  });

  test('a check that is ended, before and after it was sent', async () => {
    const before = await check({}, {}, { signal: AbortSignal.abort() });
    const owner = new AbortController();
    const fping = scriptedFping('touch "$0.said"', 'exec sleep 1000');
    const after = check({ fping }, {}, { signal: owner.signal });
    await expect.poll(() => readFileSync(`${fping}.said`, 'utf8')).toBe('');
    owner.abort();
    for (const result of [before, await after])
      expect(result).toMatchObject({
        status: 'unknown',
        errorMessage: 'the check was ended before it had a result',
      });
  });

  test('time that was up before anything was sent', async () => {
    const clock = new TestClock();
    const checked = check({ fping: NONE }, { timeoutMs: 5 }, { clock });
    await clock.advance(5);
    expect((await checked).status).toBe('unknown');
    await clock.advance(20);
    expect(clock.pending).toBe(0);
  });
});
