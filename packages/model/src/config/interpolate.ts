// Fills `${NAME}` from the environment into the strings of a configuration, and secrets from the files that
// `*_file` keys name. What a value must be is for the schema.
import { dirname, resolve } from 'node:path';
import { type ConfigPath, isMap, isSecretPath, type Problems } from './problem.ts';
import { readText } from './text-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const TOKEN = /\$\$|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_]\w*$/;

/** Copies the tree with every `${NAME}` replaced by the variable's value and every `$$` by a dollar. */
export function interpolate(root: unknown, env: Environment, problems: Problems): unknown {
  const fill = (value: unknown, path: ConfigPath): unknown => {
    if (typeof value === 'string') return fillText(value, env, (limit) => problems.add(path, limit));
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (!isMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  };
  return fill(root, []);
}

function fillText(text: string, env: Environment, fail: (limit: string) => void): string {
  return text.replaceAll(TOKEN, (token, name: string | undefined, end: string | undefined) => {
    if (name === undefined) return '$';
    const value = NAME.test(name) && Object.hasOwn(env, name) ? env[name] : undefined;
    if (end !== '}' || !NAME.test(name)) fail(`must name a variable as \${NAME}; write $$ for a dollar`);
    else if (value === undefined) fail(`environment variable ${name} is not set`);
    return value ?? token;
  });
}

const SUFFIX = '_file';
/** Maps whose keys are the writer's own. */
const MAPS_OF_NAMES = new Set<unknown>(['headers', 'expected_headers', 'labels']);
/** Shown to nobody, and yet no secrets that are kept in files. */
const NOT_FROM_FILES = new Set(['body_file', 'send_file']);
const MAX_SECRET_BYTES = 64 * 1024;

/** Reads each secret whose key is given as `<key>_file` (relative to the configuration's folder, line breaks at
 *  the end left out) and puts it in place, in `root` itself. */
export async function readSecretFiles(root: unknown, configFile: string, problems: Problems): Promise<void> {
  for (const { map, key, path } of secretFiles(root, [])) {
    const place = [...path, key];
    const target = key.slice(0, -SUFFIX.length);
    if (Object.hasOwn(map, target)) problems.add(place, `must not be given together with ${target}`);
    else if (typeof map[key] !== 'string' || map[key] === '')
      problems.add(place, 'must be the path of a file');
    else {
      problems.movedFrom([...path, target], place);
      map[target] = await readSecret(resolve(dirname(configFile), map[key]), (limit) =>
        problems.add(place, limit),
      );
    }
    delete map[key];
  }
}

async function readSecret(file: string, fail: (limit: string) => void): Promise<string> {
  const read = await readText(file, MAX_SECRET_BYTES);
  if (!read.ok) fail(`must be a readable file: ${read.reason}`);
  return read.ok ? read.text.replace(/[\r\n]+$/, '') : '';
}

interface SecretFile {
  readonly map: Record<string, unknown>;
  readonly key: string;
  readonly path: ConfigPath;
}

function secretFiles(value: unknown, path: ConfigPath): SecretFile[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => secretFiles(item, [...path, index]));
  if (!isMap(value) || MAPS_OF_NAMES.has(path.at(-1))) return [];
  return Object.keys(value).flatMap((key) => {
    const isFile =
      key.endsWith(SUFFIX) &&
      !NOT_FROM_FILES.has(key) &&
      isSecretPath([...path, key.slice(0, -SUFFIX.length)]);
    return isFile ? [{ map: value, key, path }] : secretFiles(value[key], [...path, key]);
  });
}
