// What an operator does with a hub's history, with real processes: it is backed up and exported while the hub runs, and a
// backup that is restored elsewhere has it. What is in each file down to the byte is for the packages' own tests.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type HubProcess, startHub, writeConfig } from './hub.ts';
import { Bench, freePort, until } from './programs.ts';

const benches: Bench[] = [];
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

function newBench(): Bench {
  const bench = new Bench();
  benches.push(bench);
  return bench;
}

/** A hub that watches one agent each second and has some polls in its file. */
async function watching(bench: Bench) {
  const agent = await bench.agent('s');
  const server = { ip: '127.0.0.1', port: agent.port, token: 's', interval: 1 };
  const hub = await startHub(bench, { servers: [server] });
  const written = await until('a flush', async () => (await hub.storage()).frames_written || null);
  return { hub, server, written };
}

/** Runs a command that has to succeed, and gives its answer. */
async function answerOf<T>(bench: Bench, args: readonly string[]): Promise<T> {
  const program = bench.guardia([...args, '-o', 'json']);
  expect(await program.exited, program.output).toEqual({ code: 0, signal: null });
  return JSON.parse(program.output.slice(program.output.indexOf('{\n'))) as T;
}

const HOUR_MS = 3_600_000;
const anHourAgo = () => new Date(Date.now() - HOUR_MS);

it('history on SQLite is exported and backed up while the hub runs, and restored elsewhere', {
  timeout: 120_000,
}, async () => {
  const bench = newBench();
  const { hub, server, written } = await watching(bench);
  await exported(bench, hub, written);
  const backup = join(bench.folder, 'backup.tar');
  await answerOf(bench, ['backup', backup, '-f', hub.configFile]);
  const polls = await hub.samples('cpu.usage', anHourAgo());
  expect((await hub.program.stop()).code).toBe(0);

  const other = newBench();
  const port = await freePort();
  const configFile = writeConfig(other, port, { servers: [server] });
  const { files } = await answerOf<{ files: string[] }>(other, ['restore', backup, '-f', configFile]);
  expect(files.every((file) => file.startsWith(other.folder))).toBe(true);
  const restored = await startHub(other, { servers: [] }, port);
  const there = await restored.samples('cpu.usage', anHourAgo());
  expect(there).toBeGreaterThanOrEqual(written);
  expect(there).toBeLessThanOrEqual(polls);
});

async function exported(bench: Bench, hub: HubProcess, written: number): Promise<void> {
  const csv = join(bench.folder, 'out.csv');
  const what = ['export', '-f', hub.configFile, '--names', 'cpu.usage'];
  const { samples } = await answerOf<{ samples: number }>(bench, [...what, '--csv', csv]);
  expect(samples).toBeGreaterThanOrEqual(written);
  const [head, ...lines] = readFileSync(csv, 'utf8').trimEnd().split('\r\n');
  expect(head).toBe('time,target,metric,labels,value');
  expect(lines).toHaveLength(samples);
  const parquet = join(bench.folder, 'out');
  const columnar = await answerOf<{ samples: number }>(bench, [...what, '--parquet', parquet]);
  expect(columnar.samples).toBeGreaterThanOrEqual(samples);
  const files = readdirSync(parquet, { recursive: true, encoding: 'utf8' });
  const data = files.filter((name) => name.endsWith('.parquet'));
  // one of each day: polls may go on past midnight
  expect(data.length).toBeGreaterThan(0);
  expect(new Set(data.map((name) => dirname(name))).size).toBe(data.length);
  expect(readFileSync(join(parquet, data[0]!)).subarray(0, 4).toString()).toBe('PAR1');
}
