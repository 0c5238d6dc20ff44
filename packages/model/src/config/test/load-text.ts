// Loads configuration text the way users do, from a file in a folder of its own that is removed afterwards.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { HubConfig } from '../hub-config.ts';
import { type LoadedConfig, loadConfigFile } from '../load.ts';
import { formatProblems } from '../problem.ts';

interface TextOptions {
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Further files beside it, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function loadText(
  text: string | Uint8Array,
  { name = 'guardia.yaml', env = {}, files = {} }: TextOptions = {},
): Promise<LoadedConfig & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-config-'));
  try {
    for (const [file, content] of Object.entries({ ...files, [name]: text })) {
      await writeFile(join(folder, file), content);
    }
    return { ...(await loadConfigFile(join(folder, name), { env })), folder };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The configuration of text that must be right. */
export async function configOf(text: string, options?: TextOptions): Promise<HubConfig> {
  const loaded = await loadText(text, options);
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  return loaded.config;
}

/** The lines that tell what is wrong, without the folder; none when nothing is. */
export async function problemsOf(text: string | Uint8Array, options?: TextOptions): Promise<string[]> {
  return linesOf(await loadText(text, options));
}

/** One line per problem, files by their last name. */
export function linesOf(loaded: LoadedConfig): string[] {
  if (loaded.ok) return [];
  return loaded.problems.map((problem) => formatProblems([{ ...problem, file: basename(problem.file) }]));
}
