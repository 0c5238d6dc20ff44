import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { chunkStoreConformance } from '../engine/chunk-store-conformance.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'guardia-chunks-'));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true }));

chunkStoreConformance(
  'SQLite file',
  () => {
    const path = join(folder, `${files++}.db`);
    return { open: () => openSqliteStore(path), reopen: () => openSqliteStore(path) };
  },
  { rounds: 30 },
);

chunkStoreConformance('SQLite in memory', () => ({ open: () => openSqliteStore(':memory:'), reopen: null }), {
  rounds: 200,
});
