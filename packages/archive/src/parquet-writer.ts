// Writes columns of samples as one Parquet file, as DuckDB pulls them row by row out of a table function, so that nothing
// is copied into a table first. Where the file goes and whether it is kept is left to archive.ts.
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDoubleVector,
  DuckDBTimestampMillisecondsVector,
} from '@duckdb/node-api';
import type { TargetId } from '@guardia/model';
import type { RawColumn } from '@guardia/series';
import { columnNames, TIME_COLUMN } from './column-names.ts';
import { allTimes } from './columns.ts';
import { type DuckDb, quoted } from './duckdb.ts';

const FORMAT_VERSION = '1';
/** Under this name each file says the checksum of its samples. */
export const CHECKSUM = 'guardia.crc32';

/** Values that DuckDB gathers before it writes them out: 16 MiB. */
const VALUES_PER_GROUP = 2 ** 21;
/** DuckDB takes rows in multiples of this. */
const VECTOR_ROWS = 2048;
/** Values handed over in one go: a few milliseconds of this thread. */
const VALUES_PER_TURN = 200_000;

export interface FileMetadata {
  readonly targetId: TargetId;
  readonly checksum: string;
}

/** One file at a time. */
export class ParquetWriter {
  readonly #duckdb: DuckDb;
  readonly #connection: DuckDBConnection;
  #rows: Rows | undefined;

  constructor(duckdb: DuckDb, connection: DuckDBConnection) {
    this.#duckdb = duckdb;
    this.#connection = connection;
    connection.registerTableFunction(
      duckdb.DuckDBTableFunction.create({
        name: 'guardia_samples',
        bindFunction: (info) => {
          info.addResultColumn(TIME_COLUMN, duckdb.TIMESTAMP_MS);
          for (const name of this.#rows!.names) info.addResultColumn(name, duckdb.DOUBLE);
        },
        initFunction: () => undefined,
        mainFunction: (_info, chunk) => this.#rows!.fill(chunk),
      }),
    );
  }

  /** `columns` are not empty; their times are whole milliseconds, rising. */
  async write(path: string, columns: readonly RawColumn[], about: FileMetadata): Promise<void> {
    this.#rows = new Rows(this.#duckdb, columns, await allTimes(columns));
    try {
      await this.#connection.run(copyStatement(columns.length, about), [path]);
    } finally {
      this.#rows = undefined;
    }
  }
}

/** Pages of version 1 keep dictionaries, which is what readings with two decimals are small by; with those of
 *  version 2 the files were a third larger. */
function copyStatement(columns: number, { targetId, checksum }: FileMetadata): string {
  const groupRows = Math.max(1, Math.floor(VALUES_PER_GROUP / (columns + 1) / VECTOR_ROWS)) * VECTOR_ROWS;
  return `copy (from guardia_samples()) to $1 (format parquet, parquet_version v1, compression zstd,
    compression_level 9, row_group_size ${groupRows}, use_tmp_file false, kv_metadata {
      'guardia.format': ${quoted(FORMAT_VERSION)},
      'guardia.org': 'main',
      'guardia.target': ${quoted(targetId)},
      ${quoted(CHECKSUM)}: ${quoted(checksum)}
    })`;
}

/** The columns as rows of one time axis; a column without a sample at a time is null there. */
class Rows {
  readonly names: readonly string[];
  readonly #duckdb: DuckDb;
  readonly #columns: readonly RawColumn[];
  readonly #times: Float64Array;
  /** Of each column, the next sample. */
  readonly #next: Uint32Array;
  #row = 0;

  constructor(duckdb: DuckDb, columns: readonly RawColumn[], times: Float64Array) {
    this.#duckdb = duckdb;
    this.#columns = columns;
    this.names = columnNames(columns.map((column) => column.key));
    this.#times = times;
    this.#next = new Uint32Array(columns.length);
  }

  fill(chunk: DuckDBDataChunk): void {
    const most = Math.max(64, Math.floor(VALUES_PER_TURN / (this.#columns.length + 1)));
    const count = Math.min(VECTOR_ROWS, most, this.#times.length - this.#row);
    chunk.rowCount = count;
    if (count === 0) return;
    const times = this.#times.subarray(this.#row, this.#row + count);
    this.#fillTimes(chunk.getColumnVector(0) as DuckDBTimestampMillisecondsVector, times);
    for (let i = 0; i < this.#columns.length; i++)
      this.#fillValues(chunk.getColumnVector(i + 1) as DuckDBDoubleVector, times, i);
    this.#row += count;
  }

  #fillTimes(vector: DuckDBTimestampMillisecondsVector, times: Float64Array): void {
    const { DuckDBTimestampMillisecondsValue } = this.#duckdb;
    for (let row = 0; row < times.length; row++)
      vector.setItem(row, new DuckDBTimestampMillisecondsValue(BigInt(times[row]!)));
    vector.flush();
  }

  #fillValues(vector: DuckDBDoubleVector, rows: Float64Array, index: number): void {
    const { times, values } = this.#columns[index]!;
    let next = this.#next[index]!;
    for (let row = 0; row < rows.length; row++) {
      const has = times[next] === rows[row];
      // -0 becomes 0: in a dictionary of Parquet the two are one, and the first to come would stand for both.
      vector.setItem(row, has ? values[next]! + 0 : null);
      if (has) next++;
    }
    this.#next[index] = next;
    vector.flush();
  }
}
