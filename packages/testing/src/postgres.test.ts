import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type PostgresCluster, postgresIsMissing, startPostgres } from './postgres.ts';

describe.skipIf(postgresIsMissing())('a PostgreSQL cluster', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await startPostgres({ settings: { max_connections: '7' } });
  });
  afterAll(() => cluster.stop());

  async function connect(url = cluster.url): Promise<Client> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  }

  async function one(client: Client, text: string): Promise<unknown> {
    const { rows } = await client.query<{ value: unknown }>(text);
    return rows[0]?.value;
  }

  it('answers on loopback alone, to those who know the password, with the settings asked for', async () => {
    const client = await connect();
    expect(await one(client, 'select 1 as value')).toBe(1);
    const setting = (name: string) => one(client, `select current_setting('${name}') as value`);
    expect(await setting('listen_addresses')).toBe('127.0.0.1');
    expect(await setting('unix_socket_directories')).toBe('');
    expect(await setting('fsync')).toBe('off');
    expect(await setting('max_connections')).toBe('7');
    await expect(connect(cluster.url.replace(cluster.password, 'wrong'))).rejects.toThrow('password');
  });

  it('makes databases of any name', async () => {
    const url = await cluster.createDatabase('odd "name"');
    expect(await one(await connect(url), 'select current_database() as value')).toBe('odd "name"');
  });

  it('ends the connections of clients and goes on', async () => {
    const client = await connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    await cluster.terminateConnections();
    await ended;
    expect(await one(await connect(), 'select 1 as value')).toBe(1);
  });

  it('keeps its data and its port over kill -9 and a restart', async () => {
    const before = await connect();
    await before.query('create table kept as select 7 as value');
    await cluster.kill9();
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await cluster.restart();
    expect(await one(await connect(), 'select value from kept')).toBe(7);
    await cluster.restart();
    expect(await one(await connect(), 'select value from kept')).toBe(7);
  });
});

it.skipIf(postgresIsMissing())('leaves nothing behind, and stops twice', async () => {
  const cluster = await startPostgres();
  const client = new Client({ connectionString: cluster.url });
  await client.connect();
  const { rows } = await client.query<{ folder: string }>(
    `select current_setting('data_directory') as folder`,
  );
  await client.end();
  expect(existsSync(rows[0]!.folder)).toBe(true);
  await cluster.stop();
  await cluster.stop();
  expect(existsSync(rows[0]!.folder)).toBe(false);
});
