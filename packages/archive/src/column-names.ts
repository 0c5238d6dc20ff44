// How a sample key becomes the name of a Parquet column and back. Everything else about columns is left to the files that
// write and read them.
import type { SampleKey } from '@guardia/model';

/** The column with the time of a row. */
export const TIME_COLUMN = 'time';

/** Names that the folders of the archive give to readers as columns, beside the time. */
const TAKEN: ReadonlySet<string> = new Set([TIME_COLUMN, 'target', 'day', 'hour']);

/** One name per key, all different even for readers that don't tell small letters from capitals. A key is its own name
 *  where that can be; else it is written as a JSON string (see `escapedName`). */
export function columnNames(keys: readonly SampleKey[]): string[] {
  const alike = new Map<string, number>();
  for (const key of keys) alike.set(lower(key), (alike.get(lower(key)) ?? 0) + 1);
  return keys.map((key) => {
    const meetsAnother = alike.get(lower(key))! > 1 && key !== lower(key);
    return meetsAnother || !canBeName(key) ? escapedName(key) : key;
  });
}

/** The key that a column's name stands for. */
export function keyOfColumn(name: string): SampleKey {
  return name.startsWith('"') ? JSON.parse(name) : name;
}

/** Every name that the column of a key may have; which one it is depends on the other keys of the file. */
export function possibleNames(key: SampleKey): readonly string[] {
  return canBeName(key) ? [key, escapedName(key)] : [escapedName(key)];
}

/** A JSON string in which capitals are escaped as well, so that names differ by more than by capitals. */
function escapedName(key: SampleKey): string {
  return JSON.stringify(key).replace(/[A-Z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
}

/** Names end at the first NUL and are UTF-8, which has no halves of a surrogate pair. */
function canBeName(key: SampleKey): boolean {
  return (
    key !== '' && !key.startsWith('"') && !key.includes('\0') && key.isWellFormed() && !TAKEN.has(lower(key))
  );
}

/** As DuckDB compares names: only the letters of ASCII. */
function lower(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
