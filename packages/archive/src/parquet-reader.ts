// Reads columns of samples out of one Parquet file of the archive: only those asked for, and only the row groups that
// the range needs. Which files to read, and what to do about one that can't be read, is left to archive.ts.
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult, DuckDBVector } from '@duckdb/node-api';
import type { EpochMs, SampleKey } from '@guardia/model';
import type { RawColumn } from '@guardia/series';
import { ColumnSum, fileSum } from './checksum.ts';
import { keyOfColumn, possibleNames, TIME_COLUMN } from './column-names.ts';
import { joinColumns } from './columns.ts';
import type { DuckDb } from './duckdb.ts';
import { Pace } from './pace.ts';

export interface FileQuery {
  readonly path: string;
  readonly start: EpochMs;
  /** Inclusive. */
  readonly end: EpochMs;
  /** All when absent. */
  readonly keys?: readonly SampleKey[] | undefined;
  /** Only the newest rows that have a sample, so many of them. @default all */
  readonly newestRows?: number;
  /** Told how many samples were just read. */
  readonly onSamples?: ((count: number) => void) | undefined;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Columns with at least one sample in the range. */
export async function readColumns(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  query: FileQuery,
): Promise<RawColumn[]> {
  const pieces: RawColumn[] = [];
  await eachPiece(duckdb, connection, { query, take: (piece) => pieces.push(piece) });
  return joinColumns(pieces);
}

/** Checksum and number of samples of a whole file, of which only a part is in memory at a time. */
export async function readSum(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  query: FileQuery,
): Promise<{ sum: string; samples: number }> {
  const sums = new Map<SampleKey, ColumnSum>();
  let samples = 0;
  const take = ({ key, times, values }: RawColumn): void => {
    const sum = sums.get(key) ?? new ColumnSum();
    sums.set(key, sum);
    sum.add(times, values);
    samples += times.length;
  };
  await eachPiece(duckdb, connection, { query, take });
  return { sum: fileSum(sums), samples };
}

/** What the file says about itself. */
export async function readMetadata(
  connection: DuckDBConnection,
  path: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.run('select decode(key), decode(value) from parquet_kv_metadata($1)', [path]);
  return new Map((await rows.getRows()).map(([name, value]) => [String(name), String(value)]));
}

/** Hands over up to 2,048 rows of each column at a time, oldest first. */
async function eachPiece(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  { query, take }: { query: FileQuery; take: (piece: RawColumn) => void },
): Promise<void> {
  const result = await ask(duckdb, connection, query);
  const columns = result
    .columnNames()
    .map((name, index) => ({ key: keyOfColumn(name), index }))
    .filter(({ index }) => index > 0 && result.columnTypeId(index) === duckdb.DuckDBTypeId.DOUBLE);
  const pace = new Pace();
  let chunk = await result.fetchChunk();
  while (chunk !== null && chunk.rowCount > 0) {
    const times = numbersOf(chunk, 0);
    for (const { key, index } of columns) {
      const piece = present(key, times, chunk.getColumnVector(index));
      if (piece.times.length > 0) take(piece);
      query.onSamples?.(piece.times.length);
      query.signal?.throwIfAborted();
      await pace.after(times.length);
    }
    chunk = await result.fetchChunk();
  }
}

function ask(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  { path, start, end, keys, newestRows = Number.POSITIVE_INFINITY }: FileQuery,
): Promise<DuckDBResult> {
  const names = keys === undefined ? null : duckdb.listValue(keys.flatMap(possibleNames));
  const isAll = newestRows === Number.POSITIVE_INFINITY;
  return connection.stream(
    isAll ? ROWS : NEWEST_ROWS,
    [path, names, BigInt(start), BigInt(end), ...(isAll ? [] : [newestRows])],
    [duckdb.VARCHAR, duckdb.LIST(duckdb.VARCHAR)],
  );
}

/** The columns asked for and the time, of the rows in the range. */
const ASKED = `columns(lambda c: c = '${TIME_COLUMN}' or $2 is null or list_contains($2, c))
  from read_parquet($1, hive_partitioning = false)
  where "${TIME_COLUMN}" between make_timestamp_ms($3::bigint) and make_timestamp_ms($4::bigint)`;
const MS = `epoch_ms("${TIME_COLUMN}")::double`;

const ROWS = `select ${MS}, ${ASKED}`;

/** No column of samples is named `day` or `hour`. Here one is there in case that none else is, the other says whether the
 *  row has any sample. */
const NEWEST_ROWS = `with
    asked as (select null::double as hour, ${ASKED}),
    known as (select *, coalesce(*columns(lambda c: c <> '${TIME_COLUMN}')) as day from asked),
    newest as (from known where day is not null order by "${TIME_COLUMN}" desc limit $5)
  select ${MS}, * exclude ("${TIME_COLUMN}", hour, day) from newest order by "${TIME_COLUMN}"`;

/** The samples of a column; a null is none. Columns without a null share the times. */
function present(key: SampleKey, times: Float64Array, vector: DuckDBVector): RawColumn {
  const values = new Float64Array(times.length);
  const rows: number[] = [];
  for (let row = 0; row < times.length; row++) {
    const value = vector.getItem(row);
    if (value === null) continue;
    values[rows.length] = value as number;
    rows.push(row);
  }
  if (rows.length === times.length) return { key, times, values };
  return { key, times: Float64Array.from(rows, (row) => times[row]!), values: values.slice(0, rows.length) };
}

function numbersOf(chunk: DuckDBDataChunk, column: number): Float64Array {
  const vector = chunk.getColumnVector(column);
  return Float64Array.from({ length: chunk.rowCount }, (_, row) => Number(vector.getItem(row)));
}
