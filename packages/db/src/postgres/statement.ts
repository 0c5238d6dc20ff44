// One statement in the form that `pg` takes, and its answer in the form that the state database gives. When and
// on which connection it is sent is left to writer.ts and postgres-backend.ts.
import type { QueryConfig, QueryResult } from 'pg';
import type { RunResult, Statement } from '../worker/statements.ts';
import { bindable } from './values.ts';

/** By the extended protocol, which refuses a text that holds more than one statement.
 *  @throws {StorageFault} STATEMENT_FAILED for a value that can't be bound */
export function extended({ sql, parameters }: Statement): QueryConfig {
  // The types of `pg` leave `queryMode` out.
  return { text: sql, values: parameters.map(bindable), queryMode: 'extended' } as QueryConfig;
}

export function runResult({ fields, rows, rowCount }: QueryResult): RunResult {
  return fields.length > 0 ? { rows, changes: 0 } : { rows: [], changes: rowCount ?? 0 };
}
