// Reads TOML 1.0 with the lines of its keys. smol-toml gives the values and the syntax errors; it tells no
// positions, so the lines come from a walk of our own over the text that it found valid.
import { parse, TomlError } from 'smol-toml';
import { type ConfigPath, formatPath } from './problem.ts';
import { MAX_DEPTH, type RawSource } from './raw-source.ts';

/** What mends the mistakes that are made most, by the parser's words for them. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  'control characters are not allowed in strings': '; is the closing quote missing?',
  'illegal character in key': '; write key = value, and [name] or [[name]] for a section',
  'illegal character in numeric literal': '; put what is no mere number in quotes, such as "10s"',
  'invalid value': '; put a text in quotes',
};

export function readToml(text: string): RawSource {
  try {
    const value = parse(text, { integersAsBigInt: 'asNeeded', maxDepth: MAX_DEPTH });
    return { value, lines: new TomlLines(text).lines, faults: [] };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // What follows the empty line quotes the text.
    const reason = error.message.split('\n\n')[0]!.replace('Invalid TOML document: ', '');
    const message = `not valid TOML: ${reason}${NEXT_STEPS[reason] ?? ''}`;
    const fault = { line: error.line, path: [], message };
    return { value: undefined, lines: new Map(), faults: [fault] };
  }
}

const BLANK = /(?:[ \t\r\n]|#[^\n]*)+/y;
const STRING =
  /"{3}(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}|'{3}(?:[^']|'(?!''))*'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const BARE_KEY = /[\w-]+/y;
const BARE_VALUE = /[^\s,\]}#]+(?: \d[^\s,\]}#]*)?/y;

/** Walks valid TOML and notes the line of each key and item. */
class TomlLines {
  readonly lines = new Map<string, number>();
  readonly #text: string;
  /** How many tables each array of tables has so far. */
  readonly #counts = new Map<string, number>();
  #at = 0;
  #counted = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
    let table: ConfigPath = [];
    for (this.#match(BLANK); this.#at < text.length; this.#match(BLANK)) {
      if (this.#take('[[')) table = this.#arrayTable();
      else if (this.#take('[')) table = this.#table();
      else this.#pair(table);
    }
  }

  #table(): ConfigPath {
    const line = this.#currentLine();
    const path = this.#within(this.#key());
    this.#take(']');
    return this.#note(path, line);
  }

  #arrayTable(): ConfigPath {
    const line = this.#currentLine();
    const keys = this.#key();
    this.#take(']]');
    const path = [...this.#within(keys.slice(0, -1)), keys.at(-1)!];
    const index = this.#counts.get(formatPath(path)) ?? 0;
    this.#counts.set(formatPath(path), index + 1);
    return this.#note([...path, index], line);
  }

  /** The path of a header: keys that name an array of tables mean its last table. */
  #within(keys: readonly string[]): ConfigPath {
    const path: (string | number)[] = [];
    for (const key of keys) {
      path.push(key);
      const count = this.#counts.get(formatPath(path));
      if (count !== undefined) path.push(count - 1);
    }
    return path;
  }

  #pair(table: ConfigPath): void {
    const line = this.#currentLine();
    const path = this.#note([...table, ...this.#key()], line);
    this.#take('=');
    this.#value(path);
  }

  #value(path: ConfigPath): void {
    this.#match(BLANK);
    if (this.#take('['))
      this.#items(']', (index) => this.#value(this.#note([...path, index], this.#currentLine())));
    else if (this.#take('{')) this.#items('}', () => this.#pair(path));
    else this.#match(STRING) ?? this.#match(BARE_VALUE) ?? this.#skip();
  }

  #items(end: string, readItem: (index: number) => void): void {
    this.#match(BLANK);
    for (let index = 0; !this.#take(end) && this.#at < this.#text.length; index++) {
      readItem(index);
      this.#match(BLANK);
      this.#take(',');
      this.#match(BLANK);
    }
  }

  #key(): string[] {
    const keys: string[] = [];
    do {
      this.#match(BLANK);
      const quoted = this.#match(STRING);
      keys.push(quoted === null ? (this.#match(BARE_KEY) ?? this.#skip()) : unquote(quoted));
      this.#match(BLANK);
    } while (this.#take('.'));
    return keys;
  }

  /** Never reached in valid TOML; keeps the walk moving all the same. */
  #skip(): string {
    return this.#text[this.#at++] ?? '';
  }

  #note(path: ConfigPath, line: number): ConfigPath {
    const key = formatPath(path);
    if (!this.lines.has(key)) this.lines.set(key, line);
    return path;
  }

  #currentLine(): number {
    for (; this.#counted < this.#at; this.#counted++) {
      if (this.#text[this.#counted] === '\n') this.#line++;
    }
    return this.#line;
  }

  #take(characters: string): boolean {
    if (!this.#text.startsWith(characters, this.#at)) return false;
    this.#at += characters.length;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }
}

function unquote(text: string): string {
  return text.startsWith("'") ? text.slice(1, -1) : Object.keys(parse(`${text} = 0`))[0]!;
}
