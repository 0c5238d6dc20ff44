// What the readers of the formats give to source.ts: values, lines, and where the text isn't valid.
import type { ConfigPath } from './problem.ts';

/** Deeper than any real configuration; a file beyond it is an accident or an attack. */
export const MAX_DEPTH = 32;

/** What a format's reader gives. Lines are keyed by `formatPath`. */
export interface RawSource {
  readonly value: unknown;
  readonly lines: ReadonlyMap<string, number>;
  readonly faults: readonly SourceFault[];
}

/** A place where the text isn't valid in its format. Messages never quote a value: it may be a secret. */
export interface SourceFault {
  readonly line: number | null;
  readonly path: ConfigPath;
  readonly message: string;
}
