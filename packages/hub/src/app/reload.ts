// What a reload changed, in sentences for the log and for whoever asked for it.
import type { ConfigDiff } from '@guardia/model';

/** One sentence per kind of thing; what needs a restart is said as such. */
export function describeChanges(diff: ConfigDiff): readonly string[] {
  const lines = [
    ...listed('servers', diff.servers, ({ alias }) => alias),
    ...listed('exporters', diff.exporters, ({ name }) => name),
    ...listed('services', diff.services, ({ name }) => name),
    ...listed('notifiers', diff.notifiers, ({ name }) => name),
  ];
  for (const section of diff.plans)
    lines.push(`${section === 'hubAlert' ? 'defaults.hub' : section} changed`);
  if (diff.api.length > 0) lines.push(`api changed: ${diff.api.join(', ')}`);
  if (diff.storage.length > 0) lines.push(`storage changed: ${diff.storage.join(', ')}`);
  for (const setting of diff.needsRestart) lines.push(`${setting} takes effect at the next start`);
  return lines.length === 0 ? ['nothing changed'] : lines;
}

interface Lists<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly { readonly after: T }[];
}

function listed<T>(
  what: string,
  { added, removed, changed }: Lists<T>,
  nameOf: (item: T) => string,
): string[] {
  const groups = [
    ['added', added],
    ['removed', removed],
    ['changed', changed.map(({ after }) => after)],
  ] as const;
  return groups
    .filter(([, items]) => items.length > 0)
    .map(([verb, items]) => `${what} ${verb}: ${items.map(nameOf).join(', ')}`);
}
