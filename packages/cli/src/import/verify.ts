// Holds a draft against the configuration's own loader, and takes out what it refuses: nothing is written that can't
// be loaded. What else gets lost on the way is for the importers to say.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigProblem, loadConfigFile } from '@guardia/model';
import type { Draft, Entry } from './draft.ts';
import { writeFragment } from './fragment.ts';

const UNSET = /^environment variable (\w+) is not set$/;
/** Secrets in files, which may be on another machine. */
const UNREADABLE = /^must be a readable file/;

/** @returns the environment variables that must be set for it to be loaded */
export async function verify(
  draft: Draft,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  for (;;) {
    const problems = await load(writeFragment(draft, 'a draft', 'entries'), env);
    const refused = new Set<Entry>();
    const places = placed(draft);
    for (const problem of problems.filter(({ limit }) => !UNSET.test(limit))) {
      const found = places.find(({ place }) => isWithin(problem.path, place));
      // A mistake of ours: the loader refuses what isn't an entry.
      if (found === undefined) throw new Error(`${problem.path}: ${problem.limit}`);
      const { entry, place } = found;
      if (UNREADABLE.test(problem.limit))
        draft.report.toCheck(
          entry.origin,
          `${keyOf(problem, place)} can't be read here`,
          'See that the hub can.',
        );
      else {
        refused.add(entry);
        draft.report.leftOut(entry.origin, said(problem, place), 'Write it by hand.');
      }
    }
    if (refused.size === 0) return unset(problems);
    draft.remove(refused);
  }
}

async function load(text: string, env: Readonly<Record<string, string | undefined>>) {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-import-'));
  try {
    const file = join(folder, 'fragment.yaml');
    await writeFile(file, text, { mode: 0o600 });
    const loaded = await loadConfigFile(file, { env });
    return loaded.ok ? [] : loaded.problems;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Placed {
  readonly entry: Entry;
  /** The beginning of the paths of its problems. */
  readonly place: string;
}

function placed(draft: Draft): Placed[] {
  const sections = Map.groupBy(draft.entries, ({ section }) => section);
  return [...sections].flatMap(([section, entries]) =>
    entries.map((entry, index) => ({ entry, place: placeOf(section, entry.name ?? '', index) })),
  );
}

function placeOf(section: Entry['section'], name: string, index: number): string {
  if (section !== 'alerts') return `${section}[${index}]`;
  return /^[\w-]+$/.test(name) ? `alerts.${name}` : `alerts[${JSON.stringify(name)}]`;
}

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
}

/** Without the value: what is no secret in the configuration may have been one where it came from. */
function said(problem: ConfigProblem, place: string): string {
  const key = keyOf(problem, place);
  return `Guardia can't take it: ${key === '' ? '' : `${key} `}${problem.limit}`;
}

function keyOf({ path }: ConfigProblem, place: string): string {
  return path.slice(place.length).replace(/^\./, '');
}

function unset(problems: readonly ConfigProblem[]): string[] {
  const names = problems.map(({ limit }) => UNSET.exec(limit)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}
