// A folder for what an export has not finished, locked while its process lives: whatever ends that, the next export or
// hub removes what is left. What is put into it is left to open-history.ts and the commands.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '@guardia/db';

const PREFIX = '.guardia-export-';
const OWNER = 'owner';

export interface ExportFolder {
  readonly path: string;
  /** With all that is in it. */
  remove(): Promise<void>;
}

/** Makes one in a folder, and removes what exports that are gone left there. @throws the system's error */
export async function makeExportFolder(parent: string): Promise<ExportFolder> {
  await removeLeftExports(parent);
  const path = await mkdtemp(join(parent, PREFIX));
  const lock = lockOf(path);
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      lock?.close();
    },
  };
}

/** Gives the folders that were removed. What can't be looked at or removed stays: nothing needs it gone. */
export async function removeLeftExports(parent: string): Promise<readonly string[]> {
  const names = await readdir(parent).catch(() => []);
  const removed: string[] = [];
  for (const name of names) {
    const path = join(parent, name);
    // Without a lock file it was made just now.
    if (!name.startsWith(PREFIX) || !existsSync(join(path, `${OWNER}.lock`))) continue;
    const lock = lockOf(path);
    if (lock === undefined) continue;
    const isGone = rm(path, { recursive: true, force: true }).then(
      () => true,
      () => false,
    );
    if (await isGone) removed.push(path);
    lock.close();
  }
  return removed;
}

/** Undefined where another process has it, or the file system knows no locks: then nobody removes it. */
function lockOf(path: string): ReturnType<typeof takeLock> | undefined {
  try {
    return takeLock(join(path, OWNER));
  } catch {
    return undefined;
  }
}
