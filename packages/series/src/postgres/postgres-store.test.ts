import { postgresIsMissing, startPostgres, type PostgresCluster } from '@guardia/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { chunkStoreConformance } from '../engine/chunk-store-conformance.ts';
import { openPostgresStore } from './postgres-store.ts';

describe.skipIf(postgresIsMissing())('on a real server', () => {
  let cluster: PostgresCluster;
  let schemas = 0;
  beforeAll(async () => {
    cluster = await startPostgres();
  });
  afterAll(() => cluster.stop());

  chunkStoreConformance(
    'PostgreSQL',
    () => {
      const schema = `conformance_${schemas++}`;
      const open = () => openPostgresStore({ url: cluster.url, schema });
      return { open, reopen: open };
    },
    { rounds: 12 },
  );
});
