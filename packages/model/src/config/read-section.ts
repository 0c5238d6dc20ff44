// Reads one part of a configuration by its schema and tells what is wrong with it in our words. What parts
// must be to each other is for check.ts.
import { z } from 'zod';
import { type ConfigPath, isMap, type Problems, valueAt } from './problem.ts';
import { suggest } from './suggest.ts';

/** A part that was read, and where it stands. */
export interface Entry<T> {
  readonly path: ConfigPath;
  readonly value: T;
}

/** Reads `value`, which stands at `path`. What is wrong is added to `problems`; the rest is read all the same, so
 *  that checks between parts still find their own.
 *  @returns undefined when too little is left */
export function readSection<S extends z.ZodType>(
  schema: S,
  { path, value }: Entry<unknown>,
  problems: Problems,
): Entry<z.output<S>> | undefined {
  const first = schema.safeParse(value);
  if (first.success) return { path, value: first.data };
  const rest = structuredClone(value);
  for (const fault of first.error.issues.flatMap((issue) => faultsOf(issue, schema))) {
    report(fault, { path, value }, problems);
    leaveOut(rest, fault.path);
  }
  const second = schema.safeParse(rest);
  return second.success ? { path, value: second.data } : undefined;
}

/** Takes the key at a path, or the one whose list it is in, out of `root`. */
function leaveOut(root: unknown, path: ConfigPath): void {
  const end = path.findLastIndex((part) => typeof part === 'string');
  const parent = valueAt(root, path.slice(0, Math.max(end, 0)));
  if (isMap(parent)) delete parent[path[end] ?? ''];
}

interface Fault {
  readonly path: ConfigPath;
  readonly message: string;
  /** For a key that isn't known: those that are. */
  readonly known?: readonly string[];
  /** For a word out of a closed set: the set. */
  readonly words?: readonly string[];
}

function report(fault: Fault, { path, value }: Entry<unknown>, problems: Problems): void {
  const place = [...path, ...fault.path];
  if (fault.known !== undefined) {
    const meant = suggest(String(place.at(-1)), fault.known);
    const limit = meant === null ? `unknown key; known here: ${fault.known.join(', ')}` : 'unknown key';
    problems.addKey(place, limit, meant);
  } else {
    const written = valueAt(value, fault.path);
    const isMissing = written === undefined;
    const meant = typeof written === 'string' ? suggest(written, fault.words ?? []) : null;
    problems.add(place, isMissing ? `missing; ${fault.message}` : fault.message, meant);
  }
}

function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType): Fault[] {
  const path = issue.path as (string | number)[];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => ({ path: [...path, key], message: issue.message, known }));
  }
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]!.message }];
  if (issue.code === 'invalid_value')
    return [{ path, message: issue.message, words: issue.values.map(String) }];
  if (issue.code !== 'invalid_union') return [{ path, message: issue.message }];
  const deeper = issue.errors.find((errors) => errors.some((error) => error.path.length > 0)) ?? [];
  if (deeper.length === 0) return [{ path, message: issue.message }];
  return deeper.flatMap((error) => faultsOf({ ...error, path: [...path, ...error.path] }, schema));
}

/** The keys of the map that a schema has at a path; of all its forms, where it has several. */
function keysAt(schema: unknown, path: ConfigPath): string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysAt(option, path));
  const [key, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    return key === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[key], rest);
  }
  if (schema instanceof z.ZodArray && key !== undefined) return keysAt(schema.element, rest);
  if (schema instanceof z.ZodRecord && key !== undefined) return keysAt(schema.valueType, rest);
  return [];
}
