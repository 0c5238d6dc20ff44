// How long it takes to ping 254 hosts at once, all on loopback, by the icmp check as the hub runs it. What that needs of
// the machine is told in docs/icmp.md.
import { runCheck } from '@guardia/checks';
import { systemClock } from '@guardia/kernel';
import type { IcmpCheckSpec } from '@guardia/model';
import { haveProgram } from '../storage/peer.ts';
import { type Bench, percentile } from './bench.ts';

const HOSTS = 254;
const ROUNDS = 15;

export async function measurePing({ report }: Bench): Promise<void> {
  if (!haveProgram('/usr/bin/fping', 'fping')) report.missing('fping', 'install the Debian package fping');
  // The first also looks whether fping hears replies
  await round(3);
  for (const packets of [1, 3]) {
    const wallMs: number[] = [];
    for (let i = 0; i < ROUNDS; i++) wallMs.push(await round(packets));
    const name = `ping_${HOSTS}_hosts_${packets === 1 ? '1_packet' : `${packets}_packets`}`;
    report.figure(name, percentile(wallMs, 0.5), 'ms', { op: '<', value: 200 });
    report.figure(`${name}_longest`, percentile(wallMs, 1), 'ms');
  }
  report.note(`pings: the median and the longest of ${ROUNDS} rounds; a check sends 3 packets by default`);
}

/** @returns milliseconds from the first question to the last answer */
async function round(packets: number): Promise<number> {
  const context = { clock: systemClock, signal: new AbortController().signal };
  const startedAt = performance.now();
  const hosts = Array.from({ length: HOSTS }, (_, i) => `127.0.0.${i + 1}`);
  const results = await Promise.all(hosts.map((host) => runCheck(spec(host, packets), context)));
  const wallMs = performance.now() - startedAt;
  const failed = results.find(({ status }) => status !== 'up');
  if (failed !== undefined) throw new Error(`a ping was ${failed.status}: ${failed.errorMessage}`);
  return wallMs;
}

function spec(host: string, packets: number): IcmpCheckSpec {
  return {
    type: 'icmp',
    host,
    packets,
    timeoutMs: 5_000,
    retries: 0,
    degradedMs: null,
    allowLinkLocal: false,
    maxLossPercent: 0,
  };
}
