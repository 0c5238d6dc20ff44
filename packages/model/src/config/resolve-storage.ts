// Puts our defaults where the `storage` section says nothing, and makes its paths absolute. Whether its keys go
// together is check-storage.ts's.
import { dirname, resolve } from 'node:path';
import type { ArchiveConfig, RetentionConfig, RetentionRuleConfig, StorageConfig } from './hub-config.ts';
import type { StorageInput } from './schema-storage.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

const TIERS = ['1m', '5m', '1h'] as const;

/** Merges what the file says of storage with our defaults. `file` is what its paths are relative to. */
export function resolveStorage(storage: StorageInput | undefined, file: string): StorageConfig {
  const { backend = 'memory', path, url = '', cleanup_interval_hours = 24 } = storage ?? {};
  const absolute = (name: string): string => resolve(dirname(file), name);
  const archive = resolveArchive(storage?.archive, absolute);
  const common = {
    retention: resolveRetention(storage ?? {}, archive),
    cleanupIntervalMs: Math.round(cleanup_interval_hours * HOUR_MS),
    archive,
    maxSeriesPerTarget: storage?.max_series_per_target ?? 20_000,
  };
  switch (backend) {
    case 'sqlite':
      return { backend, path: absolute(path ?? './guardia.db'), ...common };
    case 'postgres':
      return { backend, url, path: absolute(path ?? './guardia-spool'), ...common };
    case 'memory':
      return { backend, path: null, ...common };
    case 'none':
      return { backend, path: path === undefined ? null : absolute(path), ...common };
  }
}

function resolveArchive(
  archive: StorageInput['archive'],
  absolute: (name: string) => string,
): ArchiveConfig | null {
  if (archive === undefined) return null;
  const { path, after = 7 * DAY_MS, partition = 'day' } = archive;
  return { path: absolute(path), afterMs: after, partition };
}

/** A tier that isn't named is kept at least as long as what is finer in the database. */
function resolveRetention(
  { retention, retention_days = 30, retention_rules = [] }: Partial<StorageInput>,
  archive: ArchiveConfig | null,
): RetentionConfig {
  const rawMs = retention?.raw ?? Math.round(retention_days * DAY_MS);
  const minuteMs = retention?.['1m'] ?? null;
  const finestMs = Math.max(Math.min(rawMs, archive?.afterMs ?? rawMs), minuteMs ?? 0);
  const given = (tier: '5m' | '1h', fallbackMs: number) =>
    retention?.[tier] === undefined ? fallbackMs : retention[tier];
  const fiveMinutesMs = given('5m', Math.max(180 * DAY_MS, finestMs));
  const hourMs = given('1h', Math.max(5 * YEAR_MS, finestMs, fiveMinutesMs ?? 0));
  return {
    rawMs,
    tiers: { '1m': minuteMs, '5m': fiveMinutesMs, '1h': hourMs },
    rules: retention_rules.map(resolveRule),
  };
}

function resolveRule({
  match,
  raw,
  ...ages
}: NonNullable<StorageInput['retention_rules']>[number]): RetentionRuleConfig {
  const tiers = Object.fromEntries(
    TIERS.flatMap((tier) => (ages[tier] === undefined ? [] : [[tier, ages[tier]]])),
  );
  return {
    match,
    ...(raw === undefined ? {} : { rawMs: raw }),
    ...(Object.keys(tiers).length === 0 ? {} : { tiers }),
  };
}
