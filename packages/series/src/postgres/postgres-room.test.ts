import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultOf } from '@guardia/db/worker';
import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { openPostgresStore } from './postgres-store.ts';

/** A real full disk: a tmpfs of 24 MiB. Only root may mount one. */
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('SKIPPED: a full disk needs root, to mount a tmpfs');

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startCluster(settings: Readonly<Record<string, string>>): Promise<PostgresCluster> {
  const cluster = await startPostgres({ settings });
  stops.push(() => cluster.stop());
  return cluster;
}

async function connected(url: string): Promise<Client> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => faultOf(error).code,
  );

describe.skipIf(postgresIsMissing())('a PostgreSQL server without room', () => {
  it('has no connection left, and one later', async () => {
    const cluster = await startCluster({ max_connections: '8', superuser_reserved_connections: '0' });
    const store = await openPostgresStore({ url: cluster.url });
    stops.push(() => store.close());
    const others: Client[] = [];
    const left = async () => {
      for (;;) others.push(await connected(cluster.url));
    };
    await expect(left()).rejects.toThrow(/too many clients/);
    const reads = Array.from({ length: 8 }, () => codeOf(store.log(0, 9) as Promise<unknown>));
    expect(new Set(await Promise.all(reads))).toContain('DATABASE_BUSY');
    for (const client of others) await client.end();
    expect(await Promise.all(Array.from({ length: 8 }, () => store.log(0, 9)))).toHaveLength(8);
  });

  it.runIf(isRoot)('has a full disk, and goes on once there is room', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guardia-full-'));
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0755', 'guardia-test', folder]);
    stops.push(() => {
      execFileSync('/bin/umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    });
    const cluster = await startCluster({});
    const space = join(folder, 'space');
    mkdirSync(space);
    execFileSync('/bin/chown', ['postgres', space]);
    const client = await connected(cluster.url);
    stops.push(() => client.end());
    await client.query(`create tablespace small location '${space}'`);
    await client.query('alter database postgres set default_tablespace = small');
    const store = await openPostgresStore({ url: cluster.url });
    stops.push(() => store.close());
    const filler = join(folder, 'filler');
    writeFileSync(filler, Buffer.alloc(16 * 1024 * 1024));

    const cells = new Float64Array(100_000).map(() => Math.random());
    const rows: number[] = [];
    const fill = async () => {
      for (;;) rows.push(await store.append(cells, []));
    };
    expect(await codeOf(fill())).toBe('DATABASE_FULL');
    expect(rows.length).toBeGreaterThan(0);
    expect((await store.log(0, 1000)).map(({ row }) => row)).toEqual(rows);
    rmSync(filler);
    rows.push(await store.append(cells, []));
    expect((await store.log(0, 1000)).map(({ row }) => row)).toEqual(rows);
    const { tiers } = await store.stats();
    expect(tiers.find(({ tier }) => tier === 'log')).toMatchObject({ rows: rows.length });
  });
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(isRoot).toBe(true);
});
