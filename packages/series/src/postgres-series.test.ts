import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Backend, historyConformance, seriesConformance } from './conformance.ts';
import { openInline } from './test/inline-link.ts';

describe.skipIf(postgresIsMissing())('PostgreSQL', () => {
  let cluster: PostgresCluster;
  let databases = 0;
  const folder = mkdtempSync(join(tmpdir(), 'guardia-spools-'));

  beforeAll(async () => {
    cluster = await startPostgres();
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  /** A database and a spool of its own. */
  async function location() {
    const name = `series${databases++}`;
    return {
      backend: 'postgres' as const,
      url: await cluster.createDatabase(name),
      spoolPath: join(folder, name),
      spoolMaxBytes: 1024 ** 3,
    };
  }

  const backend: Backend = {
    name: 'postgres',
    keeps: true,
    rounds: 2,
    async place() {
      const place = await location();
      return { open: (settings) => openInline(place, settings) };
    },
  };
  seriesConformance(backend);
  historyConformance(backend);
});
