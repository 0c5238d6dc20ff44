// The sections of a configuration file, each read on its own: what a mistake leaves readable is still there for
// the checks. Merging them with the defaults is resolve.ts's.
import type { z } from 'zod';
import { isMap, type Problems } from './problem.ts';
import { type Entry, readSection } from './read-section.ts';
import * as schema from './schema.ts';
import { type NotifierInput, notifierSchema } from './schema-notifiers.ts';
import * as plans from './schema-plans.ts';
import { type RuleInput, ruleSchema } from './schema-rules.ts';
import { type ServiceInput, serviceSchema } from './schema-services.ts';
import { type StorageInput, storageSchema } from './schema-storage.ts';
import { suggest } from './suggest.ts';

export interface Sections {
  readonly storage: Entry<StorageInput> | undefined;
  readonly api: Entry<schema.ApiInput>;
  readonly defaults: Entry<schema.DefaultsInput>;
  /** Every name that stands under `alerts`, readable or not. */
  readonly notifierNames: readonly string[];
  readonly notifiers: readonly (Entry<NotifierInput> & { readonly name: string })[];
  readonly servers: readonly Entry<schema.ServerInput>[];
  readonly exporters: readonly Entry<schema.ExporterInput>[];
  readonly services: readonly Entry<ServiceInput>[];
  readonly rules: readonly Entry<RuleInput>[];
  readonly silences: readonly Entry<plans.SilenceInput>[];
  readonly maintenance: readonly Entry<plans.MaintenanceInput>[];
  readonly witnesses: readonly string[];
  /** Whether every server and service could be read. */
  readonly hasAllNames: boolean;
}

/** Reads all sections of a file's root. */
export function readSections(root: Record<string, unknown>, problems: Problems): Sections {
  reportUnknown(root, problems);
  const one = <S extends z.ZodType>(key: string, shape: S): Entry<z.output<S>> | undefined =>
    root[key] === undefined ? undefined : readSection(shape, { path: [key], value: root[key] }, problems);
  const servers = readList(root.servers, { key: 'servers', item: schema.serverSchema }, problems);
  const services = readList(root.services, { key: 'services', item: serviceSchema }, problems);
  return {
    storage: one('storage', storageSchema),
    api: one('api', schema.apiSchema) ?? { path: ['api'], value: {} },
    defaults: one('defaults', schema.defaultsSchema) ?? { path: ['defaults'], value: {} },
    notifierNames: isMap(root.alerts) ? Object.keys(root.alerts) : [],
    notifiers: readNotifiers(root.alerts, problems),
    servers,
    exporters: readList(root.exporters, { key: 'exporters', item: schema.exporterSchema }, problems),
    services,
    rules: readList(root.rules, { key: 'rules', item: ruleSchema }, problems),
    silences: readList(root.silences, { key: 'silences', item: plans.silenceSchema }, problems),
    maintenance: readList(root.maintenance, { key: 'maintenance', item: plans.maintenanceSchema }, problems),
    witnesses: one('witnesses', plans.witnessesSchema)?.value ?? [],
    hasAllNames: isAllRead(root.servers, servers) && isAllRead(root.services, services),
  };
}

function isAllRead(written: unknown, read: readonly unknown[]): boolean {
  return written === undefined || (Array.isArray(written) && written.length === read.length);
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
  { key, item }: { readonly key: string; readonly item: S },
  problems: Problems,
): Entry<z.output<S>>[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.add([key], `must be a list of ${key === 'maintenance' ? 'windows' : key}`);
    return [];
  }
  return value.flatMap(
    (each: unknown, index) => readSection(item, { path: [key, index], value: each }, problems) ?? [],
  );
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
    const entry = readSection(notifierSchema, { path, value: each }, problems);
    return entry === undefined ? [] : { ...entry, name };
  });
}
