// Statements that run often, compiled once: building and compiling a query costs more than running it. The database
// keeps the compiled text's statement; this keeps the text.
import type { Compilable } from '@guardia/db';

interface Template<Row> {
  readonly sql: string;
  /** For each parameter, the column whose value goes there. */
  readonly columns: readonly (keyof Row)[];
}

/** Makes statements of one shape from rows. `build` is called once, with a row in which every value is the name of
 *  its own column; so the compiled parameters say which value belongs where. Every row must have the same columns. */
export function prepared<Row extends object>(build: (row: Row) => Compilable): (row: Row) => Compilable {
  let template: Template<Row> | undefined;
  return (row) => {
    template ??= compileTemplate(build, Object.keys(row));
    const { sql, columns } = template;
    return { compile: () => ({ sql, parameters: columns.map((column) => row[column]) }) };
  };
}

function compileTemplate<Row extends object>(
  build: (row: Row) => Compilable,
  columns: readonly string[],
): Template<Row> {
  // The row of names is compiled and never run, so that its values needn't be of the columns' types.
  const names = Object.fromEntries(columns.map((column) => [column, column])) as Row;
  const { sql, parameters } = build(names).compile();
  return { sql, columns: parameters as readonly (keyof Row)[] };
}
