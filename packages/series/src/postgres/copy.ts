// Rows sent to a table by COPY in its binary format: for many numbers at once it takes a third of an insert's time. What
// the rows are, and in which transaction they are sent, is left to the callers.
import type { Connection, Submittable } from 'pg';

/** What `pg` has for COPY and its types leave out. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
}

/** One COPY from memory, in the form that a client of `pg` takes. */
export class CopyIn implements Submittable {
  readonly done: Promise<void>;
  /** Called once, when the server is ready for the next statement or has refused this one; the client puts its time
   *  limit around it. */
  callback: (error: Error | null) => void;
  readonly #sql: string;
  readonly #bytes: Buffer;

  constructor(sql: string, bytes: Buffer) {
    this.#sql = sql;
    this.#bytes = bytes;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.callback = (error) => (error === null ? resolve() : reject(error));
  }

  submit(connection: Connection): void {
    connection.query(this.#sql);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#bytes);
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {
    // The server says that it is ready next.
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleError(error: Error): void {
    this.callback(error);
  }
}

/** Signature, no flags, no further header. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER_BYTES = 2;
const END_OF_ROWS = -1;
/** 2000-01-01T00:00:00Z, from where PostgreSQL counts microseconds. */
const POSTGRES_ZERO_MS = 946_684_800_000;

/** Rows of numbers in COPY's binary format, written field by field. */
export class BinaryRows {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = HEADER.length;

  /** With room for so many rows that take so many bytes each, of which 2 are the row's and 4 each field's. */
  constructor(rows: number, rowBytes: number) {
    this.#bytes = Buffer.allocUnsafe(HEADER.length + rows * rowBytes + TRAILER_BYTES);
    this.#bytes.set(HEADER);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  }

  begin(fields: number): void {
    this.#view.setInt16(this.#at, fields);
    this.#at += 2;
  }

  integer(value: number): void {
    this.#view.setInt32(this.#at, 4);
    this.#view.setInt32(this.#at + 4, value);
    this.#at += 8;
  }

  double(value: number): void {
    this.#view.setInt32(this.#at, 8);
    this.#view.setFloat64(this.#at + 4, value);
    this.#at += 12;
  }

  /** A `timestamptz` of whole milliseconds. */
  time(ms: number): void {
    this.#view.setInt32(this.#at, 8);
    this.#view.setBigInt64(this.#at + 4, BigInt(ms - POSTGRES_ZERO_MS) * 1000n);
    this.#at += 12;
  }

  /** All of them; nothing may be written after. */
  end(): Buffer {
    this.#view.setInt16(this.#at, END_OF_ROWS);
    return this.#bytes.subarray(0, this.#at + TRAILER_BYTES);
  }
}
