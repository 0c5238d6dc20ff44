// Reads kuma.db, the SQLite database of Uptime Kuma 1 and 2, without changing anything of it or beside it. What its
// rows mean is left to the other files here.
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Fields, parseJson } from '../fields.ts';
import { ImportError } from '../import-error.ts';
import { type KumaData, type KumaMonitor, tagText } from './kuma-data.ts';

const EXPECTED = 'is a SQLite database, but not that of Uptime Kuma: it must have a table monitor';
const COPY_ATTEMPTS = 5;

/** @throws {ImportError} where the database is damaged or another program's */
export async function readDatabase(file: string): Promise<KumaData> {
  try {
    return (await hasWal(file)) ? await readCopy(file) : read(file, immutable(file));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR')) throw error;
    throw new ImportError(file, `can't be read as a database of Uptime Kuma: ${error.message}`, error);
  }
}

/** Without a log nobody writes to it, and SQLite may do without files of its own beside it. */
function immutable(file: string): URL {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return url;
}

async function hasWal(file: string): Promise<boolean> {
  const wal = await stat(`${file}-wal`).catch(() => null);
  return wal !== null && wal.size > 0;
}

/** What was written last is in the log alone, which is read with the database in a place of our own. */
async function readCopy(file: string): Promise<KumaData> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-import-'));
  const copy = join(folder, 'kuma.db');
  try {
    for (let attempt = 1; attempt <= COPY_ATTEMPTS; attempt += 1) {
      const before = await stat(file);
      await copyFile(file, copy);
      await copyFile(`${file}-wal`, `${copy}-wal`);
      const after = await stat(file);
      // Only moving the log into the database changes that; then the two copies don't belong together.
      if (before.mtimeMs === after.mtimeMs && before.size === after.size)
        return read(file, pathToFileURL(copy));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  throw new ImportError(
    file,
    'changes all the time; stop Uptime Kuma, or import a copy made while it is stopped',
  );
}

function read(file: string, url: URL): KumaData {
  const database = new DatabaseSync(url, { readOnly: url.searchParams.has('immutable') });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const names = new Set(tables.map(({ name }) => name));
    if (!names.has('monitor')) throw new ImportError(file, EXPECTED);
    const rows = (table: string) =>
      names.has(table)
        ? database
            .prepare(`SELECT * FROM "${table}"`)
            .all()
            .map((row) => new Fields({ ...row }))
        : [];
    return dataOf(rows);
  } finally {
    database.close();
  }
}

type Rows = (table: string) => Fields[];

function dataOf(rows: Rows): KumaData {
  const tags = new Map(rows('tag').map((tag) => [tag.number('id'), tag.text('name')]));
  const tagLinks = rows('monitor_tag').map((link) => ({
    monitor: link.number('monitor_id'),
    text: tagText(new Fields({ name: tags.get(link.number('tag_id')), value: link.values.value })),
  }));
  const links = rows('monitor_notification');
  const windows = rows('monitor_maintenance');
  const setting = rows('setting').find((row) => row.text('key') === 'serverTimezone');
  const ids = (of: readonly Fields[], [key, id]: [string, unknown], wanted: string) =>
    of.filter((link) => link.number(key) === id).map((link) => link.number(wanted)!);
  return {
    kind: 'database of Uptime Kuma',
    monitors: rows('monitor').map((row) =>
      monitorOf(row, {
        tags: tagLinks.filter(({ monitor }) => monitor === row.number('id')).map(({ text }) => text),
        notifications: ids(links, ['monitor_id', row.number('id')], 'notification_id'),
      }),
    ),
    notifications: rows('notification').map((row) => ({
      id: row.number('id')!,
      name: row.text('name') ?? 'unnamed',
      settings: new Fields(parseJson(row.text('config'))),
    })),
    maintenance: rows('maintenance').map((row) => ({
      title: row.text('title') ?? 'maintenance',
      fields: row,
      monitors: ids(windows, ['maintenance_id', row.number('id')], 'monitor_id'),
    })),
    dockerHosts: new Map(rows('docker_host').map((row) => [row.number('id')!, row])),
    // Settings are kept as JSON.
    timeZone: String(parseJson(setting?.text('value')) ?? '') || null,
  };
}

function monitorOf(row: Fields, links: Pick<KumaMonitor, 'tags' | 'notifications'>): KumaMonitor {
  const codes = parseJson(row.text('accepted_statuscodes_json'));
  return {
    id: row.number('id')!,
    name: row.text('name') ?? 'unnamed',
    type: row.text('type') ?? 'http',
    parent: row.number('parent') ?? null,
    isActive: row.flag('active') ?? true,
    fields: row,
    statusCodes: Array.isArray(codes) ? codes.map(String) : [],
    ...links,
  };
}
