// The text of a configuration file as plain values with the line of each, whatever it was written in.
// What the values mean is not its business.
import { type ConfigPath, formatPath, isMap } from './problem.ts';
import { MAX_DEPTH, type RawSource, type SourceFault } from './raw-source.ts';
import { readJson } from './source-json.ts';
import { readToml } from './source-toml.ts';
import { readYaml } from './source-yaml.ts';

/** Values are maps, lists, strings, numbers and booleans; comments (`_…`) and nulls in maps are left out. */
export interface Source {
  readonly value: unknown;
  /** The line of a path, or of the nearest thing around it that has one. */
  lineOf(path: ConfigPath): number | null;
}

export type ConfigExtension = '.yaml' | '.yml' | '.toml' | '.json';

const MAX_VALUES = 500_000;

const READERS: Record<ConfigExtension, (text: string) => RawSource> = {
  '.yaml': readYaml,
  '.yml': readYaml,
  '.toml': readToml,
  '.json': readJson,
};

/** Reads text in the format of the extension. Never throws. */
export function readSource(
  text: string,
  extension: ConfigExtension,
): Source & { faults: readonly SourceFault[] } {
  try {
    const raw = READERS[extension](text);
    const value = raw.faults.length > 0 ? undefined : new Plain().copy(raw.value, 0);
    return { value, lineOf: (path) => nearestLine(raw.lines, path), faults: raw.faults };
  } catch (error) {
    const message = error instanceof TooMuch ? error.message : 'nested too deeply to be read';
    return { value: undefined, lineOf: () => null, faults: [{ line: null, path: [], message }] };
  }
}

class TooMuch extends Error {}

/** Copies what a parser gave into plain values, and stops at bombs: shared parts count each time. */
class Plain {
  #values = 0;

  copy(value: unknown, depth: number): unknown {
    if (++this.#values > MAX_VALUES)
      throw new TooMuch(`must hold at most ${MAX_VALUES} values, aliases expanded`);
    if (depth > MAX_DEPTH) throw new TooMuch(`must be nested at most ${MAX_DEPTH} deep`);
    if (typeof value === 'bigint') return plainInteger(value);
    if (value instanceof Date) return value.toISOString();
    if (Array.isArray(value)) return value.map((item) => this.copy(item, depth + 1));
    return isMap(value) ? this.#copyMap(value, depth) : value;
  }

  #copyMap(map: Record<string, unknown>, depth: number): Record<string, unknown> {
    const kept = Object.entries(map).filter(([key, value]) => value !== null && !key.startsWith('_'));
    return Object.fromEntries(kept.map(([key, value]) => [key, this.copy(value, depth + 1)]));
  }
}

/** Integers beyond what a number can hold (Discord's ids) stay exact as text. */
function plainInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function nearestLine(lines: ReadonlyMap<string, number>, path: ConfigPath): number | null {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(formatPath(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return null;
}
