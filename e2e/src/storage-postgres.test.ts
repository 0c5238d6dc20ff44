// A hub whose history is on a real PostgreSQL server: the server restarts, goes away for a while and comes back, the hub is
// killed, and every poll is there. Each fault on its own is for the packages' own tests.
import { join } from 'node:path';
import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { afterEach, expect, it } from 'vitest';
import { type HubProcess, startHub } from './hub.ts';
import { Bench, freePort, until } from './programs.ts';

const isMissing = postgresIsMissing();

let bench: Bench;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await bench?.close();
  for (const close of closing.splice(0)) await close();
});

/** For what takes a flush or a retry on a busy machine. */
const PATIENT_MS = 60_000;

/** What is stored once with every poll of the agent, and with every scrape of it as an exporter. */
const POLLED = 'cpu.usage';
const SCRAPED = 'node_load1';

async function setup() {
  bench = new Bench();
  const cluster = await startPostgres();
  closing.push(() => cluster.stop());
  const agent = await bench.agent('s');
  const settings = {
    storage: { backend: 'postgres', url: cluster.url, path: join(bench.folder, 'spool') },
    servers: [{ ip: '127.0.0.1', port: agent.port, token: 's', interval: 1 }],
    exporters: [
      { name: 'agent', url: `http://127.0.0.1:${agent.port}/metrics`, bearer_token: 's', interval: 1 },
    ],
  };
  const since = new Date(Date.now() - 1000);
  const port = await freePort();
  return { cluster, since, start: () => startHub(bench, settings, port) };
}

interface Polled {
  servers: { polls: number; failed_polls: number }[];
}
interface Scraped {
  exporters: { scrapes: number; failed: number }[];
}

/** Polls and scrapes of this run of the hub that were answered. */
async function answered(hub: HubProcess): Promise<{ polls: number; scrapes: number }> {
  const { servers } = await hub.get<Polled>('/servers');
  const { exporters } = await hub.get<Scraped>('/exporters');
  return {
    polls: servers[0]!.polls - servers[0]!.failed_polls,
    scrapes: exporters[0]!.scrapes - exporters[0]!.failed,
  };
}

async function stored(hub: HubProcess, since: Date, end?: Date): Promise<{ polls: number; scrapes: number }> {
  return { polls: await hub.samples(POLLED, since, end), scrapes: await hub.samples(SCRAPED, since, end) };
}

const status = async (hub: HubProcess) => (await hub.get<{ status: string }>('/health')).status;

async function outage(cluster: PostgresCluster, hub: HubProcess): Promise<void> {
  await cluster.kill9();
  await until('the hub to say so', async () => (await status(hub)) === 'degraded', PATIENT_MS);
  await until('readings in the spool', async () => (await hub.storage()).spool_bytes > 0, PATIENT_MS);
}

async function well(hub: HubProcess): Promise<void> {
  await until('the hub to be well', async () => (await status(hub)) === 'ok', PATIENT_MS);
  await until('an empty spool', async () => (await hub.storage()).spool_bytes === 0, PATIENT_MS);
}

/** Everything that this run of the hub was answered is stored, once. */
async function nothingMissing(hub: HubProcess, since: Date): Promise<void> {
  const before = await answered(hub);
  const all = await stored(hub, since);
  const after = await answered(hub);
  for (const what of ['polls', 'scrapes'] as const) {
    expect(all[what]).toBeGreaterThanOrEqual(before[what]);
    expect(all[what]).toBeLessThanOrEqual(after[what] + 1);
  }
}

it.skipIf(isMissing)('history on PostgreSQL stays whole', { timeout: 240_000 }, async () => {
  const { cluster, start, since } = await setup();
  const first = await start();
  await cluster.restart();
  await until('a flush', async () => (await first.storage()).frames_written > 0);
  await outage(cluster, first);
  await cluster.restart();
  await well(first);
  await nothingMissing(first, since);

  await outage(cluster, first);
  const { frames_written } = await first.storage();
  first.program.signal('SIGKILL');
  expect((await first.program.exited).signal).toBe('SIGKILL');
  const killed = new Date();
  await cluster.restart();
  const second = await start();
  await well(second);
  const { polls, scrapes } = await stored(second, since, killed);
  expect(polls + scrapes).toBeGreaterThanOrEqual(frames_written);
  expect(await second.program.stop()).toEqual({ code: 0, signal: null });
  for (const hub of [first, second]) expect(hub.program.output).not.toContain(cluster.password);
});
