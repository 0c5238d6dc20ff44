// Opens what a configuration wants its readings and state kept in: two databases, and the archive of raw samples. What is
// kept in them is the domains' business.
import { dirname, join, parse } from 'node:path';
import type { Archive } from '@guardia/archive';
import { type Migration, openPostgresStateDb, openStateDb, type StateDb } from '@guardia/db';
import type { Clock } from '@guardia/kernel';
import type { ArchiveConfig, StorageConfig } from '@guardia/model';
import { openSeries, type SeriesStore } from '@guardia/series';
import type { Logger } from 'pino';
import { HOLD_MIGRATIONS, type HoldTables } from '../alerts/holds/tables.ts';
import { type AlertTables, ALERT_MIGRATIONS } from '../alerts/tables.ts';
import { type TargetsTables, targetMigrations } from '../targets/tables.ts';
import { TIMELINE_MIGRATIONS, type TimelineTables } from '../timeline/tables.ts';
import { removeLeftExports } from './export-folder.ts';
import type { Teardown } from './teardown.ts';

/** All tables of the state database. */
type HubTables = TargetsTables & AlertTables & HoldTables & TimelineTables;

/** Every step of the state database. */
export const HUB_MIGRATIONS: readonly Migration[] = [
  ...targetMigrations,
  ...ALERT_MIGRATIONS,
  ...HOLD_MIGRATIONS,
  ...TIMELINE_MIGRATIONS,
];

export interface Storage {
  readonly state: StateDb<HubTables>;
  readonly series: SeriesStore;
  /** Null: raw samples are deleted, not archived. */
  readonly archive: Archive | null;
}

const HOUR_MS = 3_600_000;

/** What says where the state lies. */
type StatePlace =
  | { readonly backend: 'postgres'; readonly url: string }
  | { readonly backend: 'sqlite' | 'memory' | 'none'; readonly path: string | null };

interface Surroundings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly teardown: Teardown;
}

/** The series file lies beside the state file: `guardia.db` and `guardia.series.db`. */
export function seriesPath(path: string): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.series${ext}`);
}

/** Opens all and puts their closing on the stack.
 *  @throws {DatabaseError} naming the file or server and the next step */
export async function openStorage(config: StorageConfig, around: Surroundings): Promise<Storage> {
  const { clock, log, teardown } = around;
  if (config.backend === 'sqlite') {
    const removed = await removeLeftExports(dirname(config.path));
    if (removed.length > 0) log.info({ removed }, 'removed what an export left that was ended');
  }
  const state = await openState(config, clock);
  teardown.add('state database', () => state.close());
  const archive = config.archive === null ? null : await openArchive(config.archive, around);
  const { retention: policy, maxSeriesPerTarget } = config;
  const series = await openSeries({
    ...seriesPlace(config),
    clock,
    log,
    policy,
    maxSeriesPerTarget,
    archive: archive ?? undefined,
  });
  teardown.add('series database', () => series.close());
  return { state, series, archive };
}

/** The state database alone. @throws {DatabaseError} */
export function openState(config: StatePlace, clock: Clock): Promise<StateDb<HubTables>> {
  const migrations = HUB_MIGRATIONS;
  if (config.backend === 'postgres') return openPostgresStateDb<HubTables>({ url: config.url, migrations });
  return openStateDb<HubTables>({ path: config.path ?? ':memory:', migrations, clock });
}

/** True for what it wasn't true for within an hour: a damaged file is met by each part of each question. */
function hourly(clock: Clock): (what: string) => boolean {
  const said = new Map<string, number>();
  return (what) => {
    const now = clock.mono();
    const isDue = now - (said.get(what) ?? Number.NEGATIVE_INFINITY) >= HOUR_MS;
    if (isDue) said.set(what, now);
    return isDue;
  };
}

/** Closed after the series, which read from it. */
async function openArchive(
  { path, partition }: ArchiveConfig,
  { clock, log, teardown }: Surroundings,
): Promise<Archive> {
  // Loaded only where it is used: it brings a database engine along.
  const module = await import('@guardia/archive');
  const isDue = hourly(clock);
  const archive = module.openArchive({
    path,
    partition,
    onNotice({ message, ...where }) {
      if (isDue(where.path)) log.warn(where, `archive: ${message}`);
    },
  });
  teardown.add('archive', () => archive.close());
  return archive;
}

function seriesPlace(config: StorageConfig) {
  switch (config.backend) {
    case 'sqlite':
      return { backend: config.backend, path: seriesPath(config.path) };
    case 'postgres':
      return { backend: config.backend, url: config.url, spoolPath: config.path };
    default:
      return { backend: config.backend };
  }
}
