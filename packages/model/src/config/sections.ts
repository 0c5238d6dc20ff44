// The sections of a configuration file, each read on its own: what a mistake leaves readable is still there for
// the checks. Merging them with the defaults is resolve.ts's.
import type { z } from 'zod';
import { isMap, type Problems } from './problem.ts';
import { type Entry, readSection } from './read-section.ts';
import * as schema from './schema.ts';
import { type StorageInput, storageSchema } from './schema-storage.ts';
import { suggest } from './suggest.ts';

export interface Sections {
  readonly storage: Entry<StorageInput> | undefined;
  readonly api: Entry<schema.ApiInput>;
  readonly defaults: Entry<schema.DefaultsInput>;
  /** Every name that stands under `alerts`, readable or not. */
  readonly notifierNames: readonly string[];
  readonly notifiers: readonly (Entry<schema.NotifierInput> & { readonly name: string })[];
  readonly servers: readonly Entry<schema.ServerInput>[];
  readonly exporters: readonly Entry<schema.ExporterInput>[];
  readonly services: readonly Entry<schema.ServiceInput>[];
}

/** Reads all sections of a file's root. */
export function readSections(root: Record<string, unknown>, problems: Problems): Sections {
  reportUnknown(root, problems);
  const one = <S extends z.ZodType>(key: string, shape: S): Entry<z.output<S>> | undefined =>
    root[key] === undefined ? undefined : readSection(shape, { path: [key], value: root[key] }, problems);
  return {
    storage: one('storage', storageSchema),
    api: one('api', schema.apiSchema) ?? { path: ['api'], value: {} },
    defaults: one('defaults', schema.defaultsSchema) ?? { path: ['defaults'], value: {} },
    notifierNames: isMap(root.alerts) ? Object.keys(root.alerts) : [],
    notifiers: readNotifiers(root.alerts, problems),
    servers: readList(root.servers, { key: 'servers', item: schema.serverSchema }, problems),
    exporters: readList(root.exporters, { key: 'exporters', item: schema.exporterSchema }, problems),
    services: readList(root.services, { key: 'services', item: schema.serviceSchema }, problems),
  };
}

function reportUnknown(root: Record<string, unknown>, problems: Problems): void {
  const known = Object.keys(schema.fileSchema.shape);
  for (const key of Object.keys(root).filter((key) => !known.includes(key))) {
    const meant = suggest(key, known);
    const list = known.filter((key) => key !== '$schema').join(', ');
    problems.addKey([key], meant === null ? `unknown key; known here: ${list}` : 'unknown key', meant);
  }
}

function readList<S extends z.ZodType>(
  value: unknown,
  { key, item }: { readonly key: 'servers' | 'exporters' | 'services'; readonly item: S },
  problems: Problems,
): Entry<z.output<S>>[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.add([key], `must be a list of ${key}`);
    return [];
  }
  return value.flatMap((each: unknown, index) => {
    // A kind of check that isn't available has other keys: what its own would be is not ours to say.
    if (problems.has([key, index, 'type'])) return [];
    return readSection(item, { path: [key, index], value: each }, problems) ?? [];
  });
}

function readNotifiers(value: unknown, problems: Problems): Sections['notifiers'] {
  if (value === undefined) return [];
  if (!isMap(value)) {
    problems.add(['alerts'], 'must be a map of names and notifiers');
    return [];
  }
  return Object.entries(value).flatMap(([name, each]) => {
    const path = ['alerts', name];
    if (!schema.nameSchema.safeParse(name).success)
      problems.addKey(path, 'must have a name of 1 to 200 characters');
    const entry = readSection(schema.notifierSchema, { path, value: each }, problems);
    return entry === undefined ? [] : { ...entry, name };
  });
}
