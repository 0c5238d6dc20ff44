// What the keys of the `storage` section must be to each other, and what is allowed and worth a second look. What each
// must be by itself is schema-storage.ts's.
import { formatDuration } from '../duration.ts';
import type { RetentionConfig, StorageConfig } from './hub-config.ts';
import { formatPath, type Problems } from './problem.ts';
import type { Entry } from './read-section.ts';
import type { StorageInput } from './schema-storage.ts';

/** A day is archived as a whole, once all of it is old enough; another day is for doing it. */
const ARCHIVE_MARGIN_MS = 2 * 86_400_000;

/** `section` is what the file says, `config` what became of it. */
export function checkStorage(
  { path, value }: Entry<StorageInput>,
  config: StorageConfig,
  problems: Problems,
): void {
  if (value.retention?.raw !== undefined && value.retention_days !== undefined) {
    problems.add([...path, 'retention', 'raw'], 'must not be given together with storage.retention_days');
  }
  checkUrl({ path, value }, problems);
  checkArchive({ path, value }, config, problems);
}

function checkUrl({ path, value: { backend, url } }: Entry<StorageInput>, problems: Problems): void {
  const place = [...path, 'url'];
  if (backend === 'postgres' && url === undefined) {
    problems.add(
      place,
      'missing; must be given with backend postgres, like postgres://user:password@host/database',
    );
  } else if (backend !== 'postgres' && url !== undefined) {
    problems.addKey(place, `must not be given with backend ${backend}, only with postgres`);
  }
}

function checkArchive(
  { path, value: { backend } }: Entry<StorageInput>,
  { archive, retention }: StorageConfig,
  problems: Problems,
): void {
  if (archive === null) return;
  const place = [...path, 'archive'];
  if (backend === 'memory' || backend === 'none') {
    problems.add(place, `must not be given with backend ${backend}: ${NOTHING_TO_ARCHIVE[backend]}`);
  } else if (archive.afterMs + ARCHIVE_MARGIN_MS > retention.rawMs) {
    const [after, raw] = [archive.afterMs, retention.rawMs].map(formatDuration);
    problems.add(
      [...place, 'after'],
      `${after} must be at least 2d below the age at which raw samples are deleted, ${raw}`,
    );
  }
}

const NOTHING_TO_ARCHIVE = {
  memory: 'its history ends with the hub',
  none: 'it keeps no history',
};

/** Sentences for the log. */
export function storageWarnings(section: Entry<StorageInput> | undefined, config: StorageConfig): string[] {
  if (section === undefined) {
    return ['storage: not given, so history and state are kept in memory and end with the hub'];
  }
  return [...pathWarnings(section.value, config), ...tierWarnings(config), ...ruleWarnings(config)];
}

function pathWarnings({ path }: StorageInput, config: StorageConfig): string[] {
  if (config.backend === 'none' && config.path === null) {
    return ['storage.path: not given, so state (alerts, deliveries) is kept in memory and ends with the hub'];
  }
  const isUnused = config.backend === 'memory' && path !== undefined;
  return isUnused ? ['storage.path: has no effect with backend memory'] : [];
}

/** Points are made to outlive what they are made of. */
function tierWarnings({ retention: { rawMs, tiers }, archive }: StorageConfig): string[] {
  const inDatabaseMs = Math.min(rawMs, archive?.afterMs ?? rawMs);
  const kept = Object.entries({ raw: inDatabaseMs, ...tiers }).flatMap(([tier, ageMs]) =>
    ageMs === null ? [] : [{ tier, ageMs }],
  );
  return kept.flatMap(({ tier, ageMs }, i) => {
    const finer = kept.slice(0, i).find((other) => other.ageMs > ageMs);
    if (finer === undefined) return [];
    const ages = `${formatDuration(ageMs)} is less than the ${formatDuration(finer.ageMs)} of ${finer.tier}`;
    return [`storage.retention.${tier}: ${ages}, which is finer and takes more room`];
  });
}

function ruleWarnings({ retention: { tiers, rules } }: Pick<StorageConfig, 'retention'>): string[] {
  return rules.flatMap((rule, i) =>
    (Object.keys(rule.tiers ?? {}) as (keyof RetentionConfig['tiers'])[])
      .filter((tier) => tiers[tier] === null)
      .map((tier) => {
        const place = formatPath(['storage', 'retention_rules', i, tier]);
        return `${place}: has no effect, because storage.retention.${tier} is none`;
      }),
  );
}
