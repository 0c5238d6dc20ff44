// A PostgreSQL server for the tests of one file, and state databases on it that close with their test. Which tables
// they have is in tables.ts.
import { type PostgresCluster, type PostgresOptions, startPostgres } from '@guardia/testing';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { openPostgresStateDb, type PostgresStateDbOptions } from '../open-state-db.ts';
import type { StateDb } from '../state-db.ts';
import { SUITE_MIGRATIONS, type SuiteTables } from './tables.ts';

/** Starts the server before the tests of this block. */
export function postgresSuite(options?: PostgresOptions) {
  let cluster: PostgresCluster;
  let databases = 0;
  beforeAll(async () => {
    cluster = await startPostgres(options);
  });
  afterAll(() => cluster?.stop());
  const newDatabase = () => cluster.createDatabase(`test_${++databases}`);
  /** Closed by the caller. */
  const create = async (options: Partial<PostgresStateDbOptions> = {}): Promise<StateDb<SuiteTables>> => {
    const url = options.url ?? (await newDatabase());
    return await openPostgresStateDb<SuiteTables>({ migrations: SUITE_MIGRATIONS, ...options, url });
  };
  /** Closed when the test ends. */
  const open = async (options?: Partial<PostgresStateDbOptions>): Promise<StateDb<SuiteTables>> => {
    const db = await create(options);
    onTestFinished(() => db.close());
    return db;
  };
  return { cluster: () => cluster, newDatabase, create, open };
}
