// Changes to folders and files that are on the disk when they return, whatever happens to the power next. What is
// written into the files is left to the callers.
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a folder and those above it, private to this user; one that exists keeps its mode. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let folder = path; folder !== dirname(first); folder = dirname(folder)) await sync(dirname(folder));
}

/** Puts a finished file in the place of another one in the same folder: a reader sees the old or the new. */
export async function replaceFile(finished: string, path: string): Promise<void> {
  await sync(finished);
  await rename(finished, path);
  await sync(dirname(path));
}

/** Adds one line. What a crash left of an earlier line stays a line of its own. */
export async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(`\n${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until a file or the entries of a folder are on the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
