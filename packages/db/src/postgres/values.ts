// Values on their way to PostgreSQL and back, so that both databases take and answer the same: numbers, texts, bytes,
// null, and 0 and 1 for booleans. Which columns hold what is left to the tables.
import { type CustomTypesConfig, types } from 'pg';
import { StorageFault } from '../worker/fault.ts';

/** PostgreSQL's text holds no NUL; SQLite's does. A far side that sends one must not keep its error from being stored. */
const REPLACEMENT = '\uFFFD';

/** @throws {StorageFault} STATEMENT_FAILED for what SQLite refuses too: lists, objects, undefined */
export function bindable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', REPLACEMENT);
  if (typeof value === 'boolean') return Number(value);
  if (value === null || typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new StorageFault('STATEMENT_FAILED', `a value of type ${typeof value} can't be bound`);
}

const parsers = new Map<number, (text: string) => unknown>([
  [types.builtins.BOOL, (text) => Number(text === 't')],
  [types.builtins.INT8, safeInteger],
  // What sum() of integers answers.
  [types.builtins.NUMERIC, Number],
]);

/** How answers are read. */
export const answerTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    parsers.get(oid) ?? types.getTypeParser(oid, format)) as CustomTypesConfig['getTypeParser'],
};

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new StorageFault('STATEMENT_FAILED', `${text} is beyond the whole numbers that are exact (2^53 - 1)`);
}
