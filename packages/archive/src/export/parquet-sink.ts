// Writes exported samples as Parquet files, in the layout of the archive. Which samples is left to export-history.ts.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openArchive } from '../archive.ts';
import { makeFolder } from '../durable.ts';
import { ExportRefused } from '../errors.ts';
import type { ExportSink } from './export-history.ts';

/** @throws {ExportRefused} when the folder has something in it: an export never mixes with another, or with an archive */
export async function parquetSink(folder: string): Promise<ExportSink> {
  await makeFolder(folder);
  if ((await readdir(folder)).length > 0)
    throw new ExportRefused(`The folder ${folder} isn't empty. Name a new one, or empty it first.`);
  const archive = openArchive({ path: folder, partition: 'day' });
  const names = new Map<string, string>();
  return {
    async write(target, slot, batches) {
      names.set(target.id, target.name);
      return archive.write(target.id, slot, batches);
    },
    async finish() {
      await archive.close();
      // Folders are named by ids; this says whose they are.
      await writeFile(join(folder, 'targets.json'), `${JSON.stringify(asRows(names), null, 2)}\n`, {
        mode: 0o600,
      });
    },
    abandon: () => archive.close(),
  };
}

function asRows(names: ReadonlyMap<string, string>): { target: string; name: string }[] {
  return Array.from(names, ([target, name]) => ({ target, name }));
}
