// Imports a file of another program in a test, and loads what came of it as the hub would. What it must hold is for
// the tests.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type HubConfig, loadConfigFile } from '@guardia/model';
import { expect } from 'vitest';
import { fileWith, guardia } from '../../test/run.ts';

interface Note {
  readonly what: string;
  readonly reason: string;
  readonly next: string;
}

interface Imported {
  readonly yaml: string;
  readonly config: HubConfig;
  readonly mapped: Readonly<Record<string, number>>;
  readonly leftOut: readonly Note[];
  readonly toCheck: readonly Note[];
}

type Environment = Readonly<Record<string, string>>;

/** Runs `guardia import KIND FILE` with further arguments; fails where the loader finds a problem with the result. */
export async function imported(
  kind: string,
  file: string,
  argv: readonly string[] = [],
  env: Environment = {},
): Promise<Imported> {
  const { code, stdout, stderr } = await guardia('import', kind, file, '--json', ...argv);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const report = JSON.parse(stderr);
  const written = join(dirname(fileWith('x', '')), 'imported.yaml');
  await writeFile(written, stdout);
  const loaded = await loadConfigFile(written, { env });
  if (!loaded.ok) expect(loaded.problems).toEqual([]);
  const config = (loaded as Extract<typeof loaded, { ok: true }>).config;
  const { mapped, left_out: leftOut, to_check: toCheck } = report;
  return { yaml: stdout, config, mapped, leftOut, toCheck };
}

/** The service of that name. */
export function service({ config }: Imported, name: string) {
  const found = config.services.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
}

/** The reasons of those notes that are of it. */
export function reasons(notes: readonly Note[], what: string): string[] {
  return notes.filter((note) => note.what === what).map(({ reason }) => reason);
}
