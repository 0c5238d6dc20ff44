// Which files the archive has, and which it should have: folders as they are, beside the list that each write adds to.
// Reading and writing the files themselves is left to parquet-reader.ts and parquet-writer.ts.
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMs, TargetId } from '@guardia/model';
import { appendLine } from './durable.ts';
import { type Slot, slotOfFolder } from './slot.ts';

/** A file that is there or should be. */
export interface FileAt {
  readonly targetId: TargetId;
  readonly slot: Slot;
  readonly path: string;
  /** What it is called until it is finished; readers that look for `*.parquet` don't see it. */
  readonly unfinished: string;
}

/** Other readers pass over names that begin with `_` or `.`. */
const LIST = '_files.jsonl';
const FILE = /^data-\d+\.parquet$/;
const TARGET_FOLDER = /^target=([A-Za-z0-9_-]{1,100})$/;

/** The folder of a target.
 *  @throws {RangeError} when the id can't be part of a path as it is */
export function targetFolder(root: string, targetId: TargetId): string {
  const name = `target=${targetId}`;
  if (TARGET_FOLDER.test(name)) return join(root, name);
  throw new RangeError(`targetId: ${JSON.stringify(targetId)}, must be 1 to 100 letters, digits, "_" or "-"`);
}

/** The files of a slot are numbered from 0. */
export function fileAt(
  root: string,
  { targetId, slot, part }: { targetId: TargetId; slot: Slot; part: number },
): FileAt {
  return named({ folder: targetFolder(root, targetId), targetId, slot }, `data-${part}.parquet`);
}

function named(
  { folder, targetId, slot }: { folder: string; targetId: TargetId; slot: Slot },
  name: string,
): FileAt {
  const at = join(folder, slot.folder);
  return { targetId, slot, path: join(at, name), unfinished: join(at, `.${name}.tmp`) };
}

/** Targets that have a folder, in order. */
export async function targetsIn(root: string): Promise<TargetId[]> {
  const names = await namesIn(root);
  return names.flatMap((name) => TARGET_FOLDER.exec(name)?.[1] ?? []).sort();
}

/** Files of a target whose slot meets the range (inclusive): those that are there, and those that were written and are
 *  not. Both oldest first. */
export async function filesOf(
  root: string,
  targetId: TargetId,
  { start, end }: { readonly start: EpochMs; readonly end: EpochMs },
): Promise<{ readonly found: readonly FileAt[]; readonly missing: readonly FileAt[] }> {
  const target = targetFolder(root, targetId);
  const meets = (slot: Slot | undefined): slot is Slot =>
    slot !== undefined && slot.start <= end && slot.end > start;
  const files = (folder: string, names: readonly string[]): FileAt[] => {
    const slot = slotOfFolder(folder);
    return meets(slot) ? names.map((name) => named({ folder: target, targetId, slot }, name)) : [];
  };
  const found: FileAt[] = [];
  for (const folder of await slotFolders(target, (name) => meets(slotOfFolder(name)))) {
    const names = await namesIn(join(target, folder));
    found.push(
      ...files(
        folder,
        names.filter((name) => FILE.test(name)),
      ),
    );
  }
  const present = new Set(found.map((file) => file.path));
  const written = [...(await noted(target))].flatMap(([folder, names]) => files(folder, names));
  const missing = written.filter((file) => !present.has(file.path));
  return { found: found.sort(byTime), missing: missing.sort(byTime) };
}

/** Whether a slot has files in the folder of its target. */
export async function hasFiles(target: string, slot: Slot): Promise<boolean> {
  return (await namesIn(join(target, slot.folder))).some((name) => FILE.test(name));
}

/** Notes that a slot has `count` files from now on, and deletes what else an earlier write left there. */
export async function settleSlot(target: string, slot: Slot, count: number): Promise<void> {
  const folder = join(target, slot.folder);
  const files = Array.from({ length: count }, (_, part) => `data-${part}.parquet`);
  const surplus = (await namesIn(folder)).filter((name) => /^\.?data-/.test(name) && !files.includes(name));
  if (count === 0 && surplus.length === 0) return;
  await appendLine(join(target, LIST), JSON.stringify({ folder: slot.folder, files }));
  for (const name of surplus) await rm(join(folder, name), { force: true });
}

/** Bytes; 0 when it isn't there. */
export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** `day=…` and `day=…/hour=…` below a target's folder. */
async function slotFolders(target: string, wanted: (folder: string) => boolean): Promise<string[]> {
  const days = (await namesIn(target)).filter(wanted);
  const hours: string[] = [];
  for (const day of days)
    for (const name of await namesIn(join(target, day)))
      if (wanted(`${day}/${name}`)) hours.push(`${day}/${name}`);
  return [...days, ...hours];
}

/** Folder and file names as last noted. A line that a crash tore is passed over: its slot is written again. */
async function noted(target: string): Promise<Map<string, readonly string[]>> {
  const text = await readFile(join(target, LIST), 'utf8').catch(orNothing(''));
  const slots = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const entry = parsed(line);
    if (entry !== undefined) slots.set(entry.folder, entry.files);
  }
  return slots;
}

function parsed(line: string): { folder: string; files: string[] } | undefined {
  try {
    const { folder, files } = JSON.parse(line);
    return { folder: String(folder), files: files.map(String) };
  } catch {
    return undefined;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(orNothing<string[]>([]));
}

/** A folder or file that isn't there is an empty one; anything else is a failure. */
function orNothing<T>(nothing: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return nothing;
    throw error;
  };
}

function byTime(a: FileAt, b: FileAt): number {
  return a.slot.start - b.slot.start || (a.path < b.path ? -1 : 1);
}
