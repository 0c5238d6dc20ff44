// Opens a configuration file and reads it. The parsers and schemas are loaded with the first file, so that
// programs that only use the model's words don't carry them.
import { extname, resolve } from 'node:path';
import type { Environment } from './interpolate.ts';
import { type ConfigProblem, Problems } from './problem.ts';
import type { LoadedConfig } from './read.ts';
import { readText } from './text-file.ts';

export type { LoadedConfig };

const MAX_FILE_BYTES = 4 * 1_048_576;
const EXTENSIONS = ['.yaml', '.yml', '.toml', '.json'] as const;

export interface LoadOptions {
  /** Where `${NAME}` is looked up, usually `process.env`. */
  readonly env: Environment;
}

/** Loads the hub's configuration from a YAML, TOML or JSON file, by extension, of at most 4 MiB.
 *  @returns the configuration, or all that is wrong; never throws for what is in the file */
export async function loadConfigFile(file: string, { env }: LoadOptions): Promise<LoadedConfig> {
  const fail = (message: string): LoadedConfig => {
    const problem: ConfigProblem = Problems.fault({ file, line: null, path: [], message });
    return { ok: false, problems: [problem] };
  };
  const extension = EXTENSIONS.find((known) => known === extname(file).toLowerCase());
  if (extension === undefined) return fail(`must end in ${EXTENSIONS.join(', ')}`);
  const read = await readText(file, MAX_FILE_BYTES);
  if (!read.ok) return fail(`must be a readable file: ${read.reason}`);
  const { readConfig } = await import('./read.ts');
  return readConfig({ file, absoluteFile: resolve(file), extension, text: read.text }, env);
}
