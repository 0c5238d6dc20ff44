import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { openStateDb } from './open-state-db.ts';
import { SUITE_MIGRATIONS, type SuiteTables } from './test/tables.ts';

/** More rounds: GUARDIA_KILL_ROUNDS=200 vitest run packages/db/src/kill-9.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 5);
/** After how many batches each one dies. */
const SEED = Number(process.env.GUARDIA_KILL_SEED ?? 1);
const CHILD = fileURLToPath(new URL('./test/kill-child.ts', import.meta.url));

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Lets the child write until it has reported so many batches, kills it by its id, and answers all numbers reported. */
async function writeAndKill(path: string, batches: number): Promise<number[]> {
  const child = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const reported: number[] = [];
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    if (reported.push(Number(line)) === batches) child.kill('SIGKILL');
  });
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
  if (!child.stdout.readableEnded) await once(lines, 'close');
  return reported;
}

it(`keeps every batch that resolved, whole, after kill -9, in ${ROUNDS} rounds on one file from seed ${SEED}`, {
  timeout: 30_000 + ROUNDS * 3000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-kill-'));
  folders.push(folder);
  const path = join(folder, 'state.db');
  for (let round = 0; round < ROUNDS; round++) {
    const reported = await writeAndKill(path, 10 + ((round * 37 + SEED) % 200));
    const db = await openStateDb<SuiteTables>({ path, migrations: SUITE_MIGRATIONS });
    const targets = await db.query.selectFrom('target').select('id').orderBy('id').execute();
    const alerts = await db.query.selectFrom('alert').select('id').orderBy('id').execute();
    await db.close();
    expect(alerts).toEqual(targets);
    const stored = new Set(targets.map((row) => row.id));
    expect(reported.filter((id) => !stored.has(id))).toEqual([]);
  }
});
