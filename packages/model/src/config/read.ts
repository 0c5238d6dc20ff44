// From a file's text to the hub's configuration: the steps in order. Each step is a file of its own; finding and
// opening the file is load.ts's.
import { checkMaintenance, checkSections, checkTargets, warningsOf } from './check.ts';
import { checkNames } from './check-names.ts';
import { missingPrograms } from './check-programs.ts';
import { checkService } from './check-services.ts';
import { checkStorage } from './check-storage.ts';
import type { HubConfig } from './hub-config.ts';
import { type Environment, interpolate, readSecretFiles } from './interpolate.ts';
import { takeOutNotYet } from './not-yet.ts';
import { type ConfigProblem, isMap, Problems } from './problem.ts';
import { resolveApi, resolveExporter, resolveServer } from './resolve.ts';
import { Notifiers } from './resolve-notifiers.ts';
import { resolveMaintenance, resolveSilence } from './resolve-plans.ts';
import { resolveService } from './resolve-service.ts';
import { resolveStorage } from './resolve-storage.ts';
import { resolveRule } from './schema-rules.ts';
import { readSections, type Sections } from './sections.ts';
import { type ConfigExtension, readSource } from './source.ts';

export type LoadedConfig =
  | { readonly ok: true; readonly config: HubConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export interface ConfigText {
  /** As it is named in problems. */
  readonly file: string;
  /** The same, absolute: what relative paths are relative to. */
  readonly absoluteFile: string;
  readonly extension: ConfigExtension;
  readonly text: string;
}

/** Reads a configuration. Everything that is wrong is told at once, unless the text isn't valid in its format. */
export async function readConfig(source: ConfigText, env: Environment): Promise<LoadedConfig> {
  const { file, absoluteFile } = source;
  if (source.text.trim() === '') return { ok: false, problems: [emptyFile(file)] };
  const tree = readSource(source.text, source.extension);
  if (tree.faults.length > 0) {
    const problems = tree.faults.map(({ line, path, message }) =>
      Problems.fault({ file, line, path, message }),
    );
    return { ok: false, problems };
  }
  const problems = new Problems(file, tree);
  if (!isMap(tree.value)) {
    const isEmpty = tree.value === null || tree.value === undefined;
    problems.add([], isEmpty ? 'the file is empty' : 'must be a map, with keys such as servers');
    return { ok: false, problems: problems.list() };
  }
  const root = interpolate(tree.value, env, problems) as Record<string, unknown>;
  takeOutNotYet(root, problems);
  await readSecretFiles(root, absoluteFile, problems);
  const sections = readSections(root, problems);
  checkSections(sections, problems);
  const config = resolveConfig(sections, absoluteFile, problems);
  const found = problems.list();
  if (found.length > 0) return { ok: false, problems: found };
  const warnings = [...warningsOf(config, sections), ...(await missingPrograms(config))];
  return { ok: true, config: { ...config, warnings } };
}

function emptyFile(file: string): ConfigProblem {
  return Problems.fault({ file, line: null, path: [], message: 'the file is empty' });
}

function resolveConfig(sections: Sections, file: string, problems: Problems): Omit<HubConfig, 'warnings'> {
  const notifiers = new Notifiers();
  for (const { name, value } of sections.notifiers) notifiers.add(name, value);
  const storage = resolveStorage(sections.storage?.value, file);
  if (sections.storage !== undefined) checkStorage(sections.storage, storage, problems);
  const { server, exporter, service, hub } = sections.defaults.value;
  const servers = sections.servers.map(({ path, value }) => ({
    path,
    config: resolveServer(value, { defaults: server, notifiers }),
  }));
  const exporters = sections.exporters.map(({ path, value }) => ({
    path,
    config: resolveExporter(value, { defaults: exporter, notifiers }),
  }));
  const services = sections.services.flatMap((entry) => {
    const target = checkService(entry, problems);
    if (target === null) return [];
    const { path, value } = entry;
    return { path, config: resolveService(value, { target, defaults: service, notifiers }) };
  });
  const maintenance = sections.maintenance.map(({ path, value }) => ({
    path,
    config: resolveMaintenance(value),
  }));
  checkTargets({ servers, exporters, services }, problems);
  // Else what is wrong elsewhere would be told again as a name that nobody has.
  if (sections.hasAllNames && services.length === sections.services.length) {
    checkNames({ servers, services, serviceDefaults: service ?? {} }, problems);
  }
  checkMaintenance(maintenance, problems);
  const rules = sections.rules.map(({ value }) => resolveRule(value, notifiers));
  const hubAlert = hub?.alert === undefined ? null : notifiers.names(hub.alert);
  return {
    file,
    storage,
    api: resolveApi(sections.api.value),
    notifiers: notifiers.list(),
    servers: servers.map(({ config }) => config),
    exporters: exporters.map(({ config }) => config),
    services: services.map(({ config }) => config),
    rules,
    silences: sections.silences.map(({ value }) => resolveSilence(value)),
    maintenance: maintenance.map(({ config }) => config),
    witnesses: sections.witnesses,
    hubAlert,
  };
}
