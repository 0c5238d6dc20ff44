// DuckDB as the archive uses it: loaded when first needed, held to its memory, its folder and no network. What is asked
// of it is left to parquet-writer.ts and parquet-reader.ts.
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ArchiveUnavailable } from './errors.ts';

export type DuckDb = typeof import('@duckdb/node-api');

export interface EngineOptions {
  /** The only folder that it may touch; absolute, without links. */
  readonly folder: string;
  readonly tempFolder: string;
  readonly memoryLimitMiB: number;
  readonly threads: number;
}

/** A running DuckDB without a database of its own: one connection writes while another reads. */
export interface Engine {
  readonly duckdb: DuckDb;
  readonly writing: DuckDBConnection;
  readonly reading: DuckDBConnection;
  close(): void;
}

const PACKAGE = '@duckdb/node-api@1.5.6-r.1';

/** @throws {ArchiveUnavailable} when DuckDB isn't installed or doesn't load here */
export async function loadDuckdb(
  load: () => Promise<DuckDb> = () => import('@duckdb/node-api'),
): Promise<DuckDb> {
  try {
    return await load();
  } catch (cause) {
    throw new ArchiveUnavailable(
      `The Parquet archive needs DuckDB, an optional package that isn't installed or doesn't load on this machine. ` +
        `Install it where Guardia is installed: npm install ${PACKAGE}`,
      { cause },
    );
  }
}

/** @throws {ArchiveUnavailable} when DuckDB isn't installed or doesn't load here */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const duckdb = await loadDuckdb();
  const instance = await started(duckdb, options);
  try {
    return await connected(duckdb, instance, options);
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

async function started(duckdb: DuckDb, options: EngineOptions): Promise<DuckDBInstance> {
  try {
    return await duckdb.DuckDBInstance.create(':memory:', {
      memory_limit: `${options.memoryLimitMiB}MiB`,
      threads: String(options.threads),
      temp_directory: options.tempFolder,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ArchiveUnavailable(`The Parquet archive can't be used, DuckDB doesn't start: ${why}`, {
      cause,
    });
  }
}

async function connected(duckdb: DuckDb, instance: DuckDBInstance, options: EngineOptions): Promise<Engine> {
  const writing = await instance.connect();
  const folders = [options.folder, options.tempFolder].map((folder) => quoted(join(folder, '/')));
  await writing.run(`set allowed_directories = [${folders.join(', ')}]`);
  await writing.run('set enable_external_access = false');
  await writing.run('set lock_configuration = true');
  const reading = await instance.connect();
  return {
    duckdb,
    writing,
    reading,
    close() {
      reading.closeSync();
      writing.closeSync();
      instance.closeSync();
    },
  };
}

/** A text as a literal of SQL, for the few places that take no bound parameter. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
