// Opens the two databases that a configuration asks for. What is kept in them is the domains' business.
import { join, parse } from 'node:path';
import { openStateDb, type StateDb } from '@guardia/db';
import type { Clock } from '@guardia/kernel';
import type { StorageConfig } from '@guardia/model';
import { openSeries, type SeriesStore } from '@guardia/series';
import type { Logger } from 'pino';
import { type AlertTables, ALERT_MIGRATIONS } from '../alerts/tables.ts';
import { type TargetsTables, targetMigrations } from '../targets/tables.ts';
import type { Teardown } from './teardown.ts';

/** All tables of the state database. */
type HubTables = TargetsTables & AlertTables;

export interface Storage {
  readonly state: StateDb<HubTables>;
  readonly series: SeriesStore;
}

/** The series file lies beside the state file: `guardia.db` and `guardia.series.db`. */
export function seriesPath(path: string): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.series${ext}`);
}

/** Opens both and puts their closing on the stack.
 *  @throws {DatabaseError} naming the file and the next step */
export async function openStorage(
  config: StorageConfig,
  { clock, log, teardown }: { clock: Clock; log: Logger; teardown: Teardown },
): Promise<Storage> {
  const migrations = [...targetMigrations, ...ALERT_MIGRATIONS];
  const state = await openStateDb<HubTables>({ path: config.path ?? ':memory:', migrations });
  teardown.add('state database', () => state.close());
  const { backend } = config;
  const path = backend === 'sqlite' ? seriesPath(config.path) : '';
  const series = await openSeries({ backend, path, clock, log });
  teardown.add('series database', () => series.close());
  return { state, series };
}
