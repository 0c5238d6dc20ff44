// Opens what a hub has stored without being that hub, for commands that take history out; where a hub runs, a copy of its
// databases is opened. Which samples they take is left to them.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Archive } from '@guardia/archive';
import { backupSqlite, DatabaseError } from '@guardia/db';
import { systemClock } from '@guardia/kernel';
import { GuardiaError, type StorageConfig, type TargetId, type TargetKind } from '@guardia/model';
import type { SeriesNotice, SeriesStore } from '@guardia/series';
import { makeExportFolder } from './export-folder.ts';
import { createLog, writeToStderr } from './log.ts';
import { logNotice } from './storage-notices.ts';
import { openState, openStorage, seriesPath, type Storage } from './storage.ts';
import { Teardown } from './teardown.ts';

/** There is nothing that could be opened, or it may not be. */
export class NoHistory extends GuardiaError {
  readonly code = 'NO_HISTORY';
}

export interface KnownTarget {
  readonly id: TargetId;
  readonly kind: TargetKind;
  /** `ip:port` of a server, name of a service or exporter. */
  readonly name: string;
}

/** Raw samples that can't be read. */
type Damage = Extract<SeriesNotice, { readonly type: 'corrupt-chunk' }>;

/** Stored samples and whose they are. */
export interface History {
  readonly series: SeriesStore;
  /** Null: the configuration has none. */
  readonly archive: Archive | null;
  /** By name; those that are no longer configured are among them. */
  readonly targets: readonly KnownTarget[];
  /** Warnings on standard error so far: each is something damaged, so that what is taken out isn't whole. */
  warnings(): number;
  close(): Promise<void>;
}

export interface HistoryOptions {
  /** Whether surely no hub runs: on PostgreSQL the last process to open the tables is the only one that may write, so
   *  that a running hub would have to end. @default false */
  readonly hubStopped?: boolean | undefined;
  /** Called with what there is before anything large is copied, and again when it is open; what it throws ends the opening. */
  readonly onTargets?: (targets: readonly KnownTarget[]) => void;
  /** Whether damage is in what is taken out; other damage isn't told. Asked after `onTargets`. @default all is */
  readonly concerns?: (damage: Damage) => boolean;
  /** Called while databases of a running hub are copied: a share from 0 to 1 of one step. */
  readonly onCopy?: (step: string, share: number) => void;
}

/** @throws {NoHistory} when the backend keeps nothing between two runs, the files aren't there, or `hubStopped` is needed
 *  @throws {DatabaseError} whatever else keeps the databases closed */
export async function openHistory(config: StorageConfig, options: HistoryOptions = {}): Promise<History> {
  refuseWithoutHistory(config, options);
  const teardown = new Teardown();
  try {
    return await opened(config, teardown, options);
  } catch (error) {
    await teardown.run();
    const isInUse = error instanceof DatabaseError && error.code === 'DATABASE_IN_USE';
    if (!isInUse || config.backend !== 'sqlite') throw error;
  }
  try {
    return await opened({ ...config, path: await copied(config.path, teardown, options) }, teardown, options);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function opened(
  config: StorageConfig,
  teardown: Teardown,
  { onTargets, concerns = () => true }: HistoryOptions,
): Promise<History> {
  let warnings = 0;
  const write = (line: string): void => {
    warnings++;
    writeToStderr(line);
  };
  const log = createLog({ level: 'warn', format: 'pretty', write });
  const { state, series, archive } = await openStorage(config, { clock: systemClock, log, teardown });
  series.onNotice((notice) => {
    const isDamage = notice.type === 'corrupt-chunk';
    if (isDamage ? notice.tier === 'raw' && concerns(notice) : notice.type === 'spool-damaged')
      logNotice(log, notice);
  });
  const targets = await targetsIn(state);
  onTargets?.(targets);
  return { series, archive, targets, warnings: () => warnings, close: () => teardown.run() };
}

function targetsIn(state: Storage['state']): Promise<KnownTarget[]> {
  return state.query.selectFrom('targets').select(['id', 'kind', 'name']).orderBy('name').execute();
}

/** Copies both databases into a folder beside them, which goes with the teardown. Gives the state database's path. */
async function copied(path: string, teardown: Teardown, options: HistoryOptions): Promise<string> {
  const folder = await makeExportFolder(dirname(path));
  teardown.add('copy', () => folder.remove());
  const copy = join(folder.path, 'state.db');
  await copyOne('state', [path, copy], options);
  const state = await openState({ backend: 'sqlite', path: copy }, systemClock);
  try {
    options.onTargets?.(await targetsIn(state));
  } finally {
    await state.close();
  }
  await copyOne('series', [seriesPath(path), seriesPath(copy)], options);
  return copy;
}

async function copyOne(
  name: string,
  [from, to]: readonly [string, string],
  { onCopy }: HistoryOptions,
): Promise<void> {
  await backupSqlite(from, to, ({ totalPages, remainingPages }) =>
    onCopy?.(`copying ${name} database`, totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
  );
}

function refuseWithoutHistory({ backend, path }: StorageConfig, { hubStopped }: HistoryOptions): void {
  if (backend === 'memory' || backend === 'none')
    throw new NoHistory(`storage.backend: ${backend}, keeps no history in files. There is nothing to open.`);
  if (backend === 'sqlite' && !existsSync(path))
    throw new NoHistory(`storage.path: ${path}, isn't there. Check the path, or run the hub first.`);
  if (backend === 'postgres' && hubStopped !== true)
    throw new NoHistory(
      'storage.backend: postgres, would be taken from a hub that runs, and end it. Stop the hub, then say so with ' +
        '--hub-stopped; or read the roll-ups with SQL while it runs.',
    );
}
