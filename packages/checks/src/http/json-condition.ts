// Conditions on a JSON body: finds the value at a path and compares it. Whether the body is JSON at all is
// expectations.ts's.
import { compileSearch, type JsonCondition } from '@guardia/model';

const STEP = /\.([^\s.[\]]+)|\[(\d+)\]/g;

/** A condition, ready to be held against any number of bodies. */
export interface CompiledCondition {
  /** Throws a QueryError where a `matches` takes too long. */
  isMet(root: unknown): boolean;
  /** The value at the path; undefined: nothing is there. */
  valueIn(root: unknown): unknown;
  /** `$.status == "ok"`. */
  readonly text: string;
}

/** @throws {QueryError} when a `matches` holds an expression that can't be used */
export function compileCondition({ path, op, value }: JsonCondition): CompiledCondition {
  const steps = [...path.matchAll(STEP)].map(([, name, index]) => name ?? Number(index));
  const compare = comparison(op, value);
  const valueIn = (root: unknown) => steps.reduce(valueAt, root);
  return {
    isMet: (root) => {
      const found = valueIn(root);
      return found !== undefined && compare(found);
    },
    valueIn,
    text: op === 'exists' ? `${path} to exist` : `${path} ${op} ${JSON.stringify(value)}`,
  };
}

/** Only what the body itself holds: no path leads to an object's inherited parts. */
function valueAt(parent: unknown, step: string | number): unknown {
  if (step === 'length' && (typeof parent === 'string' || Array.isArray(parent))) return parent.length;
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, step)) return undefined;
  return (parent as Record<string | number, unknown>)[step];
}

function comparison(op: JsonCondition['op'], expected: JsonCondition['value']): (found: unknown) => boolean {
  switch (op) {
    case 'exists':
      return () => true;
    case '==':
      return (found) => found === expected;
    case '!=':
      return (found) => found !== expected;
    case 'matches': {
      const finds = compileSearch(String(expected));
      return (found) => finds(typeof found === 'string' ? found : jsonOf(found));
    }
    default:
      return (found) => areInOrder(op, found, expected);
  }
}

/** Numbers by value, texts by their characters (so do dates of ISO 8601); anything else is in no order. */
function areInOrder(op: '<' | '<=' | '>' | '>=', found: unknown, expected: unknown): boolean {
  if (typeof found !== typeof expected) return false;
  if (typeof found !== 'number' && typeof found !== 'string') return false;
  const limit = expected as typeof found;
  if (found === limit) return op === '<=' || op === '>=';
  return op.startsWith('<') === found < limit;
}

/** Nothing that anybody would look for is nested so deeply that it can't be written. */
function jsonOf(found: unknown): string {
  try {
    return JSON.stringify(found);
  } catch {
    return '';
  }
}
