// Copies of SQLite files for safe keeping, and their way back, each in a thread of its own. What a copy goes through is
// in worker/copy.ts; which files belong together is the caller's business.
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { spawnStateWorker } from './state-worker.ts';
import type { BackupProgress, Migration } from './state-db.ts';

/** Copies a file as it is now to a new file, also while it is written to, by this process or another. The copy is one
 *  file, checked for damage, with mode 0600, and on the disk when it resolves; `<to>.part` stands for it until then.
 *  @param onProgress called while pages are copied, and last with nothing left; the check follows
 *  @throws {DatabaseError} DATABASE_EXISTS, DATABASE_CANNOT_OPEN, DATABASE_FULL, DATABASE_DAMAGED */
export async function backupSqlite(
  path: string,
  to: string,
  onProgress?: (progress: BackupProgress) => void,
): Promise<void> {
  const link = spawnStateWorker(path);
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (progress: BackupProgress) => onProgress?.(progress));
  try {
    await link.request('backup', { path, to, progress: port2 }, [port2]);
    // The answer came by another way, and may have overtaken the last of them.
    for (let last = receiveMessageOnPort(port1); last !== undefined; last = receiveMessageOnPort(port1)) {
      onProgress?.(last.message as BackupProgress);
    }
  } finally {
    port1.close();
    await link.close();
  }
}

export interface RestoreOptions {
  /** Those of the program that will open it: a copy of a newer version is refused. */
  readonly migrations: readonly Migration[];
  /** Whether a file that is there may be replaced. @default false */
  readonly replace?: boolean;
}

/** Puts a copy in the place of a database that nobody has open. Until the last step, which is one rename, the place
 *  holds what it held before.
 *  @throws {DatabaseError} DATABASE_IN_USE, DATABASE_EXISTS, DATABASE_DAMAGED, DATABASE_NEWER, MIGRATION_CHANGED,
 *  DATABASE_FULL */
export async function restoreSqlite(
  from: string,
  to: string,
  { migrations, replace = false }: RestoreOptions,
): Promise<void> {
  const link = spawnStateWorker(to);
  try {
    await link.request('restore', { from, to, migrations, replace });
  } finally {
    await link.close();
  }
}
