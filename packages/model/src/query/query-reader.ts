// Reads the text of a query from left to right, token by token, and says where it stopped being understood. Which
// token may follow which is left to parse-selector.ts and parse-query.ts.

import { QueryError, quoted } from './query-error.ts';
import { unescapeLabel } from './sample-key.ts';

const MAX_CHARACTERS = 10_000;

const SPACE = /\s*/y;
const METRIC = /[\p{L}_:*][\p{L}\p{N}_:.*]*/uy;
const LABEL = /[\p{L}_][\p{L}\p{N}_.:-]*/uy;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\.)*"/suy;

export class QueryReader {
  readonly #text: string;
  readonly #example: string;
  #at = 0;

  /** @param example shown with every error
   *  @throws {QueryError} longer than 10,000 characters */
  constructor(text: string, example: string) {
    if (text.length > MAX_CHARACTERS)
      throw new QueryError(`The query has ${text.length} characters, at most ${MAX_CHARACTERS} are read.`);
    this.#text = text;
    this.#example = example;
  }

  readonly metric = (): string | undefined => this.#take(METRIC);
  readonly label = (): string | undefined => this.#take(LABEL);
  readonly number = (): string | undefined => this.#take(NUMBER);

  /** A string in double quotes, without its escapes. */
  string(): string | undefined {
    const token = this.#take(STRING);
    return token === undefined ? undefined : unescapeLabel(token.slice(1, -1));
  }

  /** The first of these that comes next. */
  oneOf<T extends string>(tokens: readonly T[]): T | undefined {
    this.#take(SPACE);
    const found = tokens.find((token) => this.#text.startsWith(token, this.#at));
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** The word that comes next, when it is one of these. */
  oneOfWords<T extends string>(words: readonly T[]): T | undefined {
    const begin = this.#at;
    const word = this.#take(WORD);
    const found = words.find((each) => each === word);
    if (found === undefined) this.#at = begin;
    return found;
  }

  /** Takes `token`, or fails. */
  expect(token: string): void {
    if (this.oneOf([token]) === undefined) this.fail(`'${token}'`);
  }

  /** Fails unless all was read. */
  expectEnd(wanted: string): void {
    this.#take(SPACE);
    if (this.#at < this.#text.length) this.fail(wanted);
  }

  /** @param wanted what could have come here
   *  @throws {QueryError} always */
  fail(wanted: string): never {
    this.#take(SPACE);
    const rest = this.#text.slice(this.#at);
    const found = rest === '' ? 'the end' : quoted(rest);
    throw new QueryError(
      `The query is not understood at character ${this.#at + 1}: found ${found}, expected ${wanted}. ` +
        `Example: ${this.#example}`,
    );
  }

  #take(pattern: RegExp): string | undefined {
    if (pattern !== SPACE) this.#take(SPACE);
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0];
    if (token !== undefined) this.#at += token.length;
    return token;
  }
}
