// Many values in one parameter: lists of numbers as PostgreSQL writes them, and pieces of bytes as one. Texts are left to
// the driver.

/** A list of numbers: `{1,2,NaN}`. */
export function listOf(numbers: Iterable<number>): string {
  return `{${[...numbers].join(',')}}`;
}

/** One field of each. */
export function column<T>(rows: readonly T[], field: (row: T) => number): string {
  return listOf(rows.map(field));
}

/** Pieces of bytes one behind the other, with where each begins (from 1, as `substring` counts) and how long it is: the
 *  driver would write a list of byte strings as hexadecimal text. */
export function packed(rows: readonly { readonly data: Uint8Array }[]): {
  bytes: Uint8Array;
  starts: string;
  lengths: string;
} {
  const starts: number[] = [];
  let end = 1;
  for (const { data } of rows) {
    starts.push(end);
    end += data.byteLength;
  }
  return {
    bytes: Buffer.concat(rows.map(({ data }) => data)),
    starts: listOf(starts),
    lengths: column(rows, ({ data }) => data.byteLength),
  };
}

/** The driver's bytes as plain ones, which `slice` copies. */
export function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
