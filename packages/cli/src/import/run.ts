// From a file of another program to a configuration that can be loaded, and the report of it. What is mapped is for
// the importers, and where both go is the command's.
import { importBlackbox, type Target } from './blackbox/blackbox.ts';
import { Draft } from './draft.ts';
import { writeFragment } from './fragment.ts';
import { importGatus } from './gatus/gatus.ts';
import type { Report } from './report.ts';
import { importUptimeKuma } from './uptime-kuma/uptime-kuma.ts';
import { verify } from './verify.ts';

export type Source =
  | { readonly kind: 'uptime-kuma' | 'gatus'; readonly file: string }
  | { readonly kind: 'blackbox'; readonly file: string; readonly targets: readonly Target[] };

interface RunContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
}

export interface Imported {
  /** YAML. */
  readonly text: string;
  /** What the file was, with its name. */
  readonly source: string;
  readonly report: Report;
}

/** @throws {ImportError} where the file isn't of that kind
 *  @throws the system's error where it can't be read */
export async function runImport(source: Source, { env, now }: RunContext): Promise<Imported> {
  const draft = new Draft();
  const said = `${await read(draft, source, now)} ${source.file}`;
  const unset = await verify(draft, env);
  for (const name of unset)
    draft.report.toCheck(`variable ${name}`, 'it is not set here', 'Set it where the hub runs.');
  draft.report.mapped(countsOf(draft));
  return { text: writeFragment(draft, said, 'comments'), source: said, report: draft.report };
}

function read(draft: Draft, source: Source, now: Date): Promise<string> {
  switch (source.kind) {
    case 'uptime-kuma':
      return importUptimeKuma(draft, source.file, now);
    case 'gatus':
      return importGatus(draft, source.file);
    case 'blackbox':
      return importBlackbox(draft, source.file, source.targets);
  }
}

function countsOf({ entries }: Draft): Record<string, number> {
  const count = (section: string) =>
    entries.filter((each) => each.section === section && !each.isTemplate).length;
  return {
    services: count('services'),
    service_templates: entries.filter(({ isTemplate }) => isTemplate).length,
    notifiers: count('alerts'),
    silences: count('silences'),
    maintenance_windows: count('maintenance'),
    witnesses: count('witnesses'),
  };
}
