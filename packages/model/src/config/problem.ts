// What is wrong with a configuration, and how it is said. Finding it is for the readers and checks; this file
// decides which values may be shown and keeps to one problem per place.
import { GuardiaError } from '../errors.ts';

/** The way to a value: keys of maps, indexes of lists. */
export type ConfigPath = readonly (string | number)[];

/** One thing to correct. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1; null where the file has no line for it. */
  readonly line: number | null;
  /** `servers[0].port`; empty for the file as a whole. */
  readonly path: string;
  /** As written in the file, before `${ENV}`; `(hidden)` for a secret; null where there is nothing to show. */
  readonly value: string | null;
  /** What it must be, or what is wrong. */
  readonly limit: string;
  /** What was probably meant. */
  readonly suggestion: string | null;
}

/** Thrown by callers that can't go on without a configuration; the message has one line per problem. */
export class ConfigError extends GuardiaError {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(formatProblems(problems));
    this.problems = problems;
  }
}

/** One line per problem: `file:line: path: value "x"; must be …; did you mean "…"?`. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(formatProblem).join('\n');
}

function formatProblem({ file, line, path, value, limit, suggestion }: ConfigProblem): string {
  const place = [line === null ? file : `${file}:${line}`, path].filter((part) => part !== '').join(': ');
  const said = [
    value === null ? null : `value ${value}`,
    limit,
    suggestion === null ? null : `did you mean "${suggestion}"?`,
  ];
  return `${place}: ${said.filter((part) => part !== null).join('; ')}`;
}

/** Writes a path: `servers[0].limits.usage`, `headers["X-Key.1"]`. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!/^[\w-]+$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** Looks a path up; undefined where it leads nowhere. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, part) => (isMap(value) || Array.isArray(value) ? Reflect.get(value, part) : undefined),
    root,
  );
}

/** Whether a value is a map rather than a list, a scalar or nothing. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const URL_IS_SECRET = new Set<unknown>(['discord', 'webhook', 'slack', 'teams', 'alertmanager', 'storage']);
const SECRET_KEYS = new Set<unknown>([
  'token',
  'auth_token',
  'bearer_token',
  'secret',
  'password',
  'routing_key',
  'api_key',
  'body',
  'send',
  'template',
]);
/** Of lists and maps that often hold secrets. */
const SECRET_PARENTS = new Set<unknown>(['headers', 'args']);

/** Whether the value at this path must never be shown. Header values and bodies often carry credentials;
 *  a notifier's address is enough to post, and that of a database to log in. */
export function isSecretPath(path: ConfigPath): boolean {
  const [parent, last] = [path.at(-2), path.at(-1)];
  if (last === 'url') return URL_IS_SECRET.has(parent);
  if (last === 'user') return parent === 'pushover';
  return SECRET_KEYS.has(last) || SECRET_PARENTS.has(parent);
}

/** Where problems of one file are gathered: at most one per path, with line and value looked up. */
export class Problems {
  readonly #file: string;
  readonly #source: { readonly value: unknown; lineOf(path: ConfigPath): number | null };
  readonly #byPath = new Map<string, ConfigProblem>();
  readonly #readFrom = new Map<string, ConfigPath>();

  constructor(file: string, source: { readonly value: unknown; lineOf(path: ConfigPath): number | null }) {
    this.#file = file;
    this.#source = source;
  }

  /** Says that the value at `path` was read from the file named at `other`. */
  movedFrom(path: ConfigPath, other: ConfigPath): void {
    this.#readFrom.set(formatPath(path), other);
  }

  add(path: ConfigPath, limit: string, suggestion: string | null = null): void {
    const place = this.#readFrom.get(formatPath(path)) ?? path;
    const key = formatPath(place);
    if (this.#byPath.has(key)) return;
    const written = valueAt(this.#source.value, place);
    this.#byPath.set(key, {
      file: this.#file,
      line: this.#source.lineOf(place),
      path: key,
      value: isSecretPath(place) && written !== undefined ? HIDDEN : showValue(written, { place, limit }),
      limit,
      suggestion,
    });
  }

  /** For keys: the value says nothing about what is wrong, and may be a secret under a misspelt name. */
  addKey(path: ConfigPath, limit: string, suggestion: string | null = null): void {
    this.add(path, limit, suggestion);
    const key = formatPath(path);
    const problem = this.#byPath.get(key);
    if (problem !== undefined) this.#byPath.set(key, { ...problem, value: null });
  }

  /** The problem of text that isn't valid in its format, or of a file that can't be read. */
  static fault(fault: {
    file: string;
    line: number | null;
    path: ConfigPath;
    message: string;
  }): ConfigProblem {
    const { file, line, path, message } = fault;
    return { file, line, path: formatPath(path), value: null, limit: message, suggestion: null };
  }

  /** Names a place in a sentence: `servers[0].ip on line 3`. */
  place(path: ConfigPath): string {
    return `${formatPath(path)} on line ${this.#source.lineOf(path)}`;
  }

  /** Whether the file says something at this path. */
  isGiven(path: ConfigPath): boolean {
    return valueAt(this.#source.value, path) !== undefined;
  }

  has(path: ConfigPath): boolean {
    return this.#byPath.has(formatPath(path));
  }

  /** In the order of the file. */
  list(): ConfigProblem[] {
    return [...this.#byPath.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  }
}

const HIDDEN = '(hidden)';
const SHOWN_CHARACTERS = 60;

function showValue(value: unknown, { place, limit }: { place: ConfigPath; limit: string }): string | null {
  if (value === undefined || value === null) return null;
  // A scalar where more is wanted may be the secret that belongs inside.
  const isOutOfPlace = /^must be a (map|list)/.test(limit);
  if (typeof value === 'object') return limit.startsWith('must be ') ? kindOf(value) : null;
  if (isOutOfPlace) return kindOf(value);
  if (typeof value !== 'string') return String(value);
  // An address may hold a name and a password; one in place of a notifier's name is a secret altogether.
  if (/:.*@/s.test(value) || (place.includes('alert') && value.includes('://'))) return HIDDEN;
  const isLong = value.length > SHOWN_CHARACTERS;
  return JSON.stringify(isLong ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}
