// Writes entries as the YAML of a configuration: dollars so that the loader reads them as they are, templates as
// comments. Whether it can be loaded is verify.ts's.
import { stringify } from 'yaml';
import type { Draft, Entry } from './draft.ts';
import { escapeDollars } from './variables.ts';

/** `templates` says whether those are comments, or entries like the others. */
export function writeFragment(draft: Draft, source: string, templates: 'comments' | 'entries'): string {
  const isShown = ({ isTemplate }: Entry) => !isTemplate || templates === 'entries';
  const of = (section: Entry['section']) => draft.entries.filter((each) => each.section === section);
  const shown = (section: Entry['section']) =>
    of(section)
      .filter(isShown)
      .map(({ values }) => values);
  const notifiers = Object.fromEntries(of('alerts').map(({ name, values }) => [name, values]));
  const witnesses = of('witnesses').map(({ values }) => values.address);
  const comments = of('services').filter((entry) => !isShown(entry));
  return [
    `# From ${source.replace(/\p{Cc}/gu, ' ')}, by guardia import. It may hold secrets: keep it from others.\n`,
    ...(of('alerts').length === 0 ? [] : [yaml({ alerts: notifiers })]),
    yaml({ services: shown('services') }) + comments.map(commented).join(''),
    ...(['silences', 'maintenance'] as const)
      .filter((section) => of(section).length > 0)
      .map((section) => yaml({ [section]: shown(section) })),
    ...(witnesses.length === 0 ? [] : [yaml({ witnesses })]),
  ].join('\n');
}

/** Texts of more lines are quoted: as blocks, not all of them would be read as they are. */
function yaml(section: Record<string, unknown>): string {
  return stringify(escaped(section), { lineWidth: 0, blockQuote: false });
}

function commented({ values }: Entry): string {
  const lines = yaml({ services: [values] })
    .trimEnd()
    .split('\n')
    .slice(1);
  return lines.map((line) => `# ${line.trimEnd()}\n`).join('');
}

/** Keys are read as they are. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return escapeDollars(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)]));
}
