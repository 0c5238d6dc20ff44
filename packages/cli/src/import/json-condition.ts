// Writes conditions on JSON as `json_path` has them, for programs that compare everything as text. Reading their paths
// is for the importers.
import { escapePattern, globPattern, oneOfPattern } from './values.ts';

/** Texts that may stand for a value of another kind. */
const AMBIGUOUS = /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null)$/;

/** @returns null where it can't be said */
export function jsonCondition(path: string | null, op: string, expected: string): string | null {
  if (path === null) return null;
  switch (op) {
    case '==':
      // 5 and "5" were the same.
      return AMBIGUOUS.test(expected)
        ? matching(path, oneOfPattern([expected]))
        : `${path} == ${JSON.stringify(expected)}`;
    case '!=':
      return `${path} != ${AMBIGUOUS.test(expected) ? expected : JSON.stringify(expected)}`;
    case 'contains':
      return matching(path, escapePattern(expected));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return /^-?\d+(\.\d+)?$/.test(expected) ? `${path} ${op} ${expected}` : null;
    default:
      return null;
  }
}

/** A value that is one of the texts. */
export function jsonOneOf(path: string, texts: readonly string[]): string {
  return matching(path, oneOfPattern(texts));
}

export function jsonGlob(path: string, glob: string): string | null {
  const pattern = globPattern(glob);
  if (pattern === null) return null;
  return pattern === '' ? path : matching(path, pattern);
}

function matching(path: string, pattern: string): string {
  return `${path} matches ${JSON.stringify(pattern)}`;
}
