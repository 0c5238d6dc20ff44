// Compares two configurations and says what a reload has to do, by key. Doing it is the hub's; so is what is
// waiting to be told again.
import { isDeepStrictEqual } from 'node:util';
import type {
  ApiConfig,
  ArchiveConfig,
  ExporterConfig,
  HubConfig,
  LimitName,
  NotifierConfig,
  ServerConfig,
  ServiceConfig,
  StorageConfig,
} from './hub-config.ts';

/** What became of a list of things with a key. */
export interface Changes<T, C = Change<T>> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly C[];
  readonly unchanged: readonly T[];
}

export interface Change<T> {
  readonly before: T;
  readonly after: T;
  /** Keys whose values differ. */
  readonly fields: readonly (keyof T)[];
}

export interface ServerChange extends Change<ServerConfig> {
  /** The limits that differ. */
  readonly limits: readonly LimitChange[];
}

export interface LimitChange {
  readonly limit: LimitName;
  /** What counts as a violation, or how many fire, differs: violations counted so far mean nothing any more.
   *  False when only differs how bad it is, who is told and how often, or when it is over. */
  readonly resetsPending: boolean;
}

/** A key of any backend. */
export type StorageKey = StorageConfig extends infer T ? (T extends unknown ? keyof T : never) : never;

/** Sections that are taken over as a whole. */
const PLANS = ['rules', 'silences', 'maintenance', 'witnesses', 'hubAlert'] as const;

/** What a reload changes. */
export interface ConfigDiff {
  readonly servers: Changes<ServerConfig, ServerChange>;
  readonly exporters: Changes<ExporterConfig>;
  readonly services: Changes<ServiceConfig>;
  readonly notifiers: Changes<NotifierConfig>;
  readonly plans: readonly (typeof PLANS)[number][];
  readonly api: readonly (keyof ApiConfig)[];
  readonly storage: readonly StorageKey[];
  /** Settings that differ and can't change while the hub runs, as the file names them. */
  readonly needsRestart: readonly string[];
}

/** Compares two configurations. Servers are told apart by alias, exporters, services and notifiers by name. */
export function diffConfig(before: HubConfig, after: HubConfig): ConfigDiff {
  const servers = changes(before.servers, after.servers, ({ alias }) => alias);
  const api = differing(before.api, after.api);
  const storage = differing(before.storage, after.storage) as StorageKey[];
  return {
    servers: {
      ...servers,
      changed: servers.changed.map((change) => ({ ...change, limits: limitChanges(change) })),
    },
    exporters: changes(before.exporters, after.exporters, ({ name }) => name),
    services: changes(before.services, after.services, ({ name }) => name),
    notifiers: changes(before.notifiers, after.notifiers, ({ name }) => name),
    plans: PLANS.filter((key) => !isDeepStrictEqual(before[key], after[key])),
    api,
    storage,
    needsRestart: [
      ...storage.flatMap((key) => NEEDS_RESTART[key] ?? []),
      ...archiveRestarts(before.storage.archive, after.storage.archive),
      ...api.filter((key) => key === 'bind' || key === 'port').map((key) => `api.${key}`),
    ],
  };
}

/** As the file names them. */
const NEEDS_RESTART: Partial<Record<StorageKey, string>> = {
  backend: 'storage.backend',
  path: 'storage.path',
  url: 'storage.url',
  maxSeriesPerTarget: 'storage.max_series_per_target',
};

/** Of an archive only the age changes while the hub runs. */
function archiveRestarts(before: ArchiveConfig | null, after: ArchiveConfig | null): string[] {
  if (before === null || after === null) return before === after ? [] : ['storage.archive'];
  return differing(before, after)
    .filter((key) => key !== 'afterMs')
    .map((key) => `storage.archive.${key}`);
}

function changes<T extends object>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
): Changes<T> {
  const old = new Map(before.map((item) => [keyOf(item), item]));
  const kept = new Set(after.map(keyOf));
  const pairs = after.flatMap((item) => {
    const previous = old.get(keyOf(item));
    return previous === undefined
      ? []
      : [{ before: previous, after: item, fields: differing(previous, item) } satisfies Change<T>];
  });
  return {
    added: after.filter((item) => !old.has(keyOf(item))),
    removed: before.filter((item) => !kept.has(keyOf(item))),
    changed: pairs.filter(({ fields }) => fields.length > 0),
    unchanged: pairs.filter(({ fields }) => fields.length === 0).map((pair) => pair.after),
  };
}

/** Keys whose values differ. Both have the same keys, or lack the same ones. */
function differing<T extends object>(before: T, after: T): (keyof T)[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof T>;
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

function limitChanges({ before, after }: Change<ServerConfig>): LimitChange[] {
  return differing(before.limits, after.limits).map((limit) => {
    const [old, now] = [before.limits[limit], after.limits[limit]];
    const fields = old === null || now === null ? null : (differing(old, now) as string[]);
    const only = new Set(['alert', 'severity', 'recover', 'recoverAfter', 'repeatMs', 'escalation']);
    return { limit, resetsPending: fields === null || fields.some((field) => !only.has(field)) };
  });
}
