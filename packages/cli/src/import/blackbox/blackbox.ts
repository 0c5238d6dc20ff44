// `guardia import blackbox`: reads the modules, and makes a service of each with the targets that are given beside
// the file, which names none. What becomes of a module is modules.ts's.
import type { Draft } from '../draft.ts';
import type { Fields } from '../fields.ts';
import { readYaml } from '../read-yaml.ts';
import { ImportError } from '../import-error.ts';
import { checkOf, exampleTarget } from './modules.ts';

const EXPECTED = 'must be a configuration of blackbox_exporter, YAML with a map of modules';

export interface Target {
  readonly module: string;
  readonly target: string;
}

/** @returns what the file was
 *  @throws {ImportError} where a target's module isn't in the file */
export async function importBlackbox(
  draft: Draft,
  file: string,
  targets: readonly Target[],
): Promise<string> {
  const modules = (await readYaml(file, EXPECTED)).map('modules');
  const names = Object.keys(modules.values);
  if (names.length === 0) throw new ImportError(file, EXPECTED);
  const unknown = targets.find(({ module }) => !names.includes(module));
  if (unknown !== undefined)
    throw new ImportError(
      file,
      `has no module ${unknown.module}; --target must name one of ${names.join(', ')}`,
    );
  for (const name of names) {
    const own = targets.filter((each) => each.module === name);
    const module = { name, fields: modules.map(name), file };
    if (own.length === 0) addService(draft, module, null);
    for (const { target } of own) addService(draft, module, target);
  }
  return 'configuration of blackbox_exporter';
}

interface Module {
  readonly name: string;
  readonly fields: Fields;
  readonly file: string;
}

/** Without a target it is a template. */
function addService(draft: Draft, { name, fields, file }: Module, target: string | null): void {
  const origin = target === null ? `module "${name}"` : `module "${name}" with ${shown(target)}`;
  const tell = (reason: string, next: string) => draft.report.toCheck(origin, reason, next);
  const check = checkOf(fields, target ?? exampleTarget(fields), { file, tell });
  if (typeof check === 'string')
    draft.report.leftOut(origin, check, 'Write what can be checked without it by hand.');
  else if (target === null) draft.service(origin, { name, ...check }, true);
  else draft.service(origin, { name: `${name} ${shown(target)}`, ...check, tags: [name] });
}

/** Without credentials and what often holds a key. */
function shown(target: string): string {
  return target.replace(/^(\w+:\/\/)?[^/?#]*@/, '$1').replace(/[?#].*$/s, '');
}
