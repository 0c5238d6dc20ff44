// Reads small files of /proc and /sys through handles that stay open, into one buffer that is used again.
// Which files those are, and what their text means, is left to the readers.
import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

const FIRST_BUFFER_BYTES = 64 * 1024;

/** Files below one root. Reading is synchronous: the kernel makes these texts from memory. */
export class KernelFiles {
  readonly #root: string;
  readonly #handles = new Map<string, number>();
  #buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);

  /** @param root what `/` means: `/` for this machine, a folder for another tree that looks like one */
  constructor(root: string) {
    this.#root = root;
  }

  /** The whole text as it is now. Null when the file is missing or the driver refuses; the next call then
   *  opens it anew, so a device that comes back is found. */
  text(path: string): string | null {
    try {
      return this.#read(this.#handle(path));
    } catch {
      this.#drop(path);
      return null;
    }
  }

  /** As `text`, without white space around it; null when nothing is left. */
  word(path: string): string | null {
    return this.text(path)?.trim() || null;
  }

  /** The text as a number; null when it is missing or not one. */
  number(path: string): number | null {
    const word = this.word(path);
    return word === null ? null : finite(word);
  }

  /** The text of an ordinary file, which may be replaced by another: no handle is kept. */
  once(path: string): string | null {
    try {
      return readFileSync(this.real(path), 'utf8');
    } catch {
      return null;
    }
  }

  /** Names in a folder; null when it cannot be read. */
  list(path: string): string[] | null {
    try {
      return readdirSync(this.real(path));
    } catch {
      return null;
    }
  }

  /** The path without symbolic links; null when it does not exist. */
  resolved(path: string): string | null {
    try {
      return realpathSync(this.real(path));
    } catch {
      return null;
    }
  }

  /** The path that the operating system knows. */
  real(path: string): string {
    return this.#root === '/' ? path : join(this.#root, path);
  }

  /** Closes every handle. Reading afterwards opens anew. */
  close(): void {
    for (const path of [...this.#handles.keys()]) this.#drop(path);
  }

  #handle(path: string): number {
    let handle = this.#handles.get(path);
    if (handle === undefined) {
      handle = openSync(this.real(path), 'r');
      this.#handles.set(path, handle);
    }
    return handle;
  }

  /** Reads until the end: a sequence file of the kernel gives at most a page a call. */
  #read(handle: number): string {
    let length = 0;
    for (;;) {
      const got = readSync(handle, this.#buffer, length, this.#buffer.length - length, length);
      if (got === 0) return this.#buffer.toString('utf8', 0, length);
      length += got;
      if (length === this.#buffer.length) this.#grow();
    }
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }

  #drop(path: string): void {
    const handle = this.#handles.get(path);
    if (handle === undefined) return;
    this.#handles.delete(path);
    closeSync(handle);
  }
}

/** A number, or null for text that is none (empty text included). */
export function finite(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** All columns as numbers, or null as soon as one is none: a damaged line is left out, never half believed. */
export function finiteColumns(columns: readonly string[]): number[] | null {
  const values: number[] = [];
  for (const column of columns) {
    const value = finite(column);
    if (value === null) return null;
    values.push(value);
  }
  return values;
}
