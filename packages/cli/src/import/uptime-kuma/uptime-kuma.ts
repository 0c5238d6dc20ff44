// `guardia import uptime-kuma`: tells a backup from a database by what is in the file, and puts the parts together.
// What becomes of each part is left to the other files here.
import { open, readFile } from 'node:fs/promises';
import type { Draft } from '../draft.ts';
import { ImportError } from '../import-error.ts';
import type { KumaData } from './kuma-data.ts';
import { addMaintenance } from './maintenance.ts';
import { addMonitors } from './monitors.ts';
import { addNotifications } from './notifications.ts';
import { readBackup } from './read-backup.ts';
import { readDatabase } from './read-database.ts';

/** @returns what the file was */
export async function importUptimeKuma(draft: Draft, file: string, now: Date): Promise<string> {
  const data = (await isSqlite(file)) ? await readDatabase(file) : await backupOf(file);
  const notifiers = addNotifications(draft, data);
  const services = addMonitors(draft, data, notifiers);
  addMaintenance(draft, { data, services, now });
  return data.kind;
}

const SQLITE_BEGINS = 'SQLite format 3\0';

async function isSqlite(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SQLITE_BEGINS.length), 0);
    return buffer.toString('latin1', 0, bytesRead) === SQLITE_BEGINS;
  } finally {
    await handle.close();
  }
}

async function backupOf(file: string): Promise<KumaData> {
  const data = readBackup(await readFile(file, 'utf8'));
  if (data !== null) return data;
  throw new ImportError(
    file,
    'is neither a backup of Uptime Kuma, JSON with monitorList, nor its SQLite database, kuma.db',
  );
}
