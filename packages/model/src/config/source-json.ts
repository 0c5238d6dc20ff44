// Reads JSON (RFC 8259) with the line of each value and every key that stands twice, neither of which JSON.parse
// tells. What the values mean is not its business.
import { type ConfigPath, formatPath } from './problem.ts';
import { MAX_DEPTH, type RawSource, type SourceFault } from './raw-source.ts';

const KEY_EXPECTED = 'expected a key in double quotes; there are no comments, and no comma before "}"';

export function readJson(text: string): RawSource {
  const reader = new JsonReader(text);
  try {
    const value = reader.document();
    return { value, lines: reader.lines, faults: reader.faults };
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const fault = { line: reader.line(), path: [], message: `not valid JSON: ${error.message}` };
    return { value: undefined, lines: reader.lines, faults: [...reader.faults, fault] };
  }
}

class Unexpected extends Error {}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\[\s\S])*"/y;
const WORD = /true|false|null/y;
const WORDS: Record<string, boolean | null> = { true: true, false: false, null: null };

class JsonReader {
  readonly lines = new Map<string, number>();
  readonly faults: SourceFault[] = [];
  readonly #text: string;
  #at = 0;
  #counted = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value([]);
    this.#space();
    if (this.#at < this.#text.length) throw new Unexpected('more text after the end');
    return value;
  }

  /** The line reached so far. */
  line(): number {
    for (; this.#counted < this.#at; this.#counted++) {
      if (this.#text[this.#counted] === '\n') this.#line++;
    }
    return this.#line;
  }

  #value(path: ConfigPath): unknown {
    if (path.length > MAX_DEPTH) throw new Unexpected(`nested more than ${MAX_DEPTH} deep`);
    this.#space();
    const key = formatPath(path);
    if (!this.lines.has(key)) this.lines.set(key, this.line());
    if (this.#take('{')) return this.#map(path);
    if (this.#take('[')) return this.#list(path);
    const scalar = this.#match(STRING) ?? this.#match(WORD) ?? this.#match(NUMBER);
    if (scalar === null) throw new Unexpected('expected a value');
    if (scalar.startsWith('"')) return readString(scalar);
    return scalar in WORDS ? WORDS[scalar] : readNumber(scalar);
  }

  #map(path: ConfigPath): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    const lineOf = new Map<string, number>();
    this.#items('}', () => {
      this.#space();
      const text = this.#match(STRING);
      if (text === null) throw new Unexpected(KEY_EXPECTED);
      const key = readString(text);
      const line = this.line();
      const first = lineOf.get(key);
      if (first === undefined) lineOf.set(key, line);
      else this.#duplicate([...path, key], line, first);
      this.lines.set(formatPath([...path, key]), line);
      this.#space();
      if (!this.#take(':')) throw new Unexpected('expected ":" after the key');
      entries.set(key, this.#value([...path, key]));
    });
    return Object.fromEntries(entries);
  }

  #list(path: ConfigPath): unknown[] {
    const items: unknown[] = [];
    this.#items(']', () => items.push(this.#value([...path, items.length])));
    return items;
  }

  #items(end: string, readItem: () => void): void {
    this.#space();
    if (this.#take(end)) return;
    do readItem();
    while (this.#more(end));
  }

  #more(end: string): boolean {
    this.#space();
    if (this.#take(',')) return true;
    if (this.#take(end)) return false;
    throw new Unexpected(`expected "," or "${end}"`);
  }

  #duplicate(path: ConfigPath, line: number, firstLine: number): void {
    const isComment = String(path.at(-1)).startsWith('_');
    if (!isComment)
      this.faults.push({ line, path, message: `duplicate key; the first is on line ${firstLine}` });
  }

  #space(): void {
    this.#match(/[ \t\r\n]+/y);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }
}

function readString(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new Unexpected('a text with a line break, or an escape that JSON does not know');
  }
}

function readNumber(text: string): number | bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}
