// Exporters as they are installed from Debian, scraped by a real hub: that they are up, that they are gone and back, and
// that somebody is told. Every form of their text is for the hub package's own tests.
import { existsSync, readFileSync } from 'node:fs';
import { startFarSide } from '@guardia/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { farSide } from './far-side.ts';
import { type HubProcess, startHub } from './hub.ts';
import { Bench, freePort, type Program, until } from './programs.ts';

const NODE = '/usr/bin/prometheus-node-exporter';
const BLACKBOX = '/usr/bin/prometheus-blackbox-exporter';
const missing = [NODE, BLACKBOX].filter((path) => !existsSync(path));
if (missing.length > 0)
  console.warn(`SKIPPED: real exporters aren't scraped, ${missing.join(' and ')} missing`);

let bench: Bench;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await bench.close();
  for (const close of closing.splice(0)) await close();
});

async function exporter(command: string, port: number, flags: readonly string[] = []): Promise<Program> {
  const program = bench.command(command, [`--web.listen-address=127.0.0.1:${port}`, ...flags]);
  await program.printed(/Listening on/);
  return program;
}

/** The newest value of a series; undefined while there is none. */
async function newest(hub: HubProcess, series: string): Promise<number | null | undefined> {
  const query = new URLSearchParams({ series, agg: 'last', step: '1s' });
  const answer = await hub.get<{ series: { values: (number | null)[] }[] }>(`/query?${query}`);
  return answer.series[0]?.values.findLast((value) => value !== null);
}

describe.skipIf(missing.length > 0)('exporters', () => {
  it('are up, gone and back, and somebody is told', { timeout: 120_000 }, async () => {
    bench = new Bench();
    const hook = await farSide();
    const probed = await startFarSide();
    closing.push(hook.close, () => probed.stop());
    const [nodePort, blackboxPort] = [await freePort(), await freePort()];
    const node = await exporter(NODE, nodePort);
    const modules = bench.file('blackbox.yml', 'modules:\n  http_2xx:\n    prober: http\n');
    await exporter(BLACKBOX, blackboxPort, [`--config.file=${modules}`]);
    const probe = `module=http_2xx&target=${encodeURIComponent(probed.url)}`;
    const url = `http://127.0.0.1:${nodePort}/metrics`;
    const unreachable = { grace: 2, alert: 'hook' };
    const hub = await startHub(bench, {
      exporters: [
        { name: 'node', url, interval: 1, labels: { site: 'berlin' }, unreachable },
        { name: 'probe', url: `http://127.0.0.1:${blackboxPort}/probe?${probe}`, interval: 1 },
      ],
      alerts: { hook: { webhook: { url: hook.url } } },
    });
    const up = (value: number) => async () => (await newest(hub, 'up{target="node"}')) === value;
    await until('node_exporter to be up', up(1));
    expect(await newest(hub, 'node_memory_MemTotal_bytes{site="berlin"}')).toBeGreaterThan(1e8);
    await until('a good probe', async () => (await newest(hub, 'probe_success')) === 1);

    node.signal('SIGKILL');
    await node.exited;
    await until('node_exporter to be gone', up(0));
    const gone = await until('the alert', () => hook.bodies[0]);
    expect(gone).toMatchObject({ event: 'alert_fired' });
    expect(JSON.stringify(gone)).toMatch(/node.*connection refused/);
    await exporter(NODE, nodePort);
    await until('node_exporter to be back', up(1));
    expect(await until('the recovery', () => hook.bodies[1])).toMatchObject({ event: 'alert_resolved' });
    expect(await hub.program.stop()).toEqual({ code: 0, signal: null });
  });
});

it.runIf(process.env.CI === 'true')('are not skipped in CI', () => {
  expect(missing).toEqual([]);
});

const MIB = 1024 * 1024;
const PIECE = Buffer.from('some_metric{label="value"} 1\n'.repeat(1000));

function* body(pieces: number): Generator<Uint8Array> {
  for (let n = 0; n < pieces; n += 1) yield PIECE;
}

/** The most memory that a process has had. */
function peakBytes(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kib) * 1024;
}

it.each([
  ['an endless answer', Number.POSITIVE_INFINITY],
  ['an answer of 100 MB', Math.ceil(100e6 / PIECE.length)],
])('%s ends with an error that says so, at little cost', async (_name, pieces) => {
  bench = new Bench();
  const far = await startFarSide({ script: () => ({ body: body(pieces) }) });
  closing.push(() => far.stop());
  const exporter = { name: 'big', url: `${far.url}/metrics`, interval: 86_400, timeout: 60 };
  const hub = await startHub(bench, { exporters: [exporter] });
  const before = peakBytes(hub.program.child.pid!);
  const { status, body: answer } = await hub.post('/api/v1/exporters/big/scrape');
  expect([status, answer]).toMatchObject([
    200,
    { ok: false, error: expect.stringMatching(/answer is larger than 32 MiB/) },
  ]);
  expect(peakBytes(hub.program.child.pid!) - before).toBeLessThan(200 * MIB);
  expect(await hub.get('/exporters/big')).toMatchObject({ last_error: answer.error });
});
