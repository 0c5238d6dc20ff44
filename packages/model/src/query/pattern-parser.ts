// Reads a regular expression into the small program that pattern.ts and pattern-search.ts run. What such an expression
// may hold is said in pattern.ts.
import { QueryError, quoted } from './query-error.ts';

/** One step of a program; offsets are relative to it, so that parts can be put together and repeated as they are. */
export type Instruction =
  | { readonly type: 'character'; readonly test: (character: string) => boolean }
  | { readonly type: 'jump'; readonly offsets: readonly number[] }
  /** Goes on only at the text's begin or end, without a character. */
  | { readonly type: 'begin' | 'end' };

export type Program = readonly Instruction[];

/** What an expression is matched with: the whole text, where `^` and `$` say nothing, or any part of it. */
type Scope = 'whole' | 'part';

const MAX_CHARACTERS = 200;
const MAX_INSTRUCTIONS = 1_000;

const QUANTIFIER = /(?:([*+?])|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})\??/y;
const CLASS = /\[(?:[^\]\\]|\\.)*\]/suy;
const ESCAPE = /\\(?:[dwsDWStnrfv]|[pP]\{[^}]*\})/uy;
const ESCAPED_SIGN = /\\[^\p{L}\p{N}]/uy;

/** Programs for a whole text hold no `begin` and no `end`.
 *  @throws {QueryError} names the expression, the character and what is possible instead */
export function parsePattern(source: string, scope: Scope): Program {
  return new PatternParser(source, scope).parse();
}

class PatternParser {
  readonly #source: string;
  readonly #scope: Scope;
  readonly #ignoreCase: boolean;
  readonly #begin: number;
  #at: number;

  constructor(source: string, scope: Scope) {
    this.#source = source;
    this.#scope = scope;
    this.#ignoreCase = source.startsWith('(?i)');
    this.#begin = this.#ignoreCase ? 4 : 0;
    this.#at = this.#begin;
    if (source.length > MAX_CHARACTERS)
      this.#fail(`has ${source.length} characters, at most ${MAX_CHARACTERS} are possible`);
  }

  parse(): Program {
    const program = this.#alternatives();
    if (this.#at < this.#source.length) this.#fail("')' closes nothing; write \\) for the character");
    return program;
  }

  #alternatives(): Program {
    const first = this.#sequence();
    if (!this.#take('|')) return first;
    const rest = this.#alternatives();
    return this.#checked([jump(1, first.length + 2), ...first, jump(rest.length + 1), ...rest]);
  }

  #sequence(): Program {
    const parts: Instruction[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at]!))
      parts.push(...this.#repeated());
    return this.#checked(parts);
  }

  #repeated(): Program {
    const part = this.#one();
    const found = this.#match(QUANTIFIER);
    if (found === null) return part;
    const [min, max] = boundsOf(found);
    if (min > max)
      this.#fail(`a repeat goes from the smaller number to the larger, not from ${min} to ${max}`);
    // Before they are written out: {9999} in {9999} must not fill the memory first.
    if (part.length * (Number.isFinite(max) ? max : min + 1) > MAX_INSTRUCTIONS) this.#tooLarge();
    return this.#checked([
      ...copies(part, min),
      ...(Number.isFinite(max) ? options(part, max - min) : loop(part)),
    ]);
  }

  #one(): Program {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    if (character === '(') return this.#group();
    if (character === '[') return this.#class();
    if (character === '\\') return this.#escape();
    if (character === '^' || character === '$') return this.#anchor(character);
    if ('*+?{'.includes(character))
      this.#fail(`'${character}' has nothing to repeat; write \\${character} for the character`);
    this.#at += character.length;
    return [test(character === '.' ? () => true : this.#literal(character))];
  }

  #group(): Program {
    this.#at += 1;
    if (this.#take('?') && !this.#take(':'))
      this.#fail("look-around, named groups and flags within are not possible, only '(…)' and '(?:…)'");
    const inner = this.#alternatives();
    if (!this.#take(')')) this.#fail("')' is missing");
    return inner;
  }

  #class(): Program {
    const text = this.#match(CLASS)?.[0] ?? this.#fail("']' is missing");
    if (text.includes('[:')) this.#fail('classes by name are not possible; use \\d, \\w, \\s or \\p{L}');
    return [test(this.#oneOf(text))];
  }

  #escape(): Program {
    const sign = this.#match(ESCAPED_SIGN)?.[0];
    if (sign !== undefined) return [test(this.#literal(sign.slice(1)))];
    const text = this.#match(ESCAPE)?.[0];
    if (text !== undefined) return [test(this.#oneOf(text))];
    return this.#fail(
      'back-references, word boundaries and other escapes than \\d \\w \\s \\p{…} \\n \\t are not possible',
    );
  }

  #anchor(character: '^' | '$'): Program {
    if (this.#scope === 'part') {
      this.#at += 1;
      return [{ type: character === '^' ? 'begin' : 'end' }];
    }
    // The whole expression is anchored anyway.
    const isOutermost = this.#at === (character === '^' ? this.#begin : this.#source.length - 1);
    if (!isOutermost)
      this.#fail(
        `the expression is anchored at both ends; write \\${character} for the character '${character}'`,
      );
    this.#at += 1;
    return [];
  }

  #literal(character: string): (other: string) => boolean {
    if (!this.#ignoreCase) return (other) => other === character;
    const lower = character.toLowerCase();
    return (other) => other.toLowerCase() === lower;
  }

  /** A class or an escape, which the language's own expressions read: on one character they take no time. */
  #oneOf(text: string): (character: string) => boolean {
    try {
      const expression = new RegExp(`^${text}$`, this.#ignoreCase ? 'iu' : 'u');
      return (character) => expression.test(character);
    } catch {
      return this.#fail(`${quoted(text)} is no class of characters`);
    }
  }

  #take(character: string): boolean {
    const isNext = this.#source[this.#at] === character;
    if (isNext) this.#at += 1;
    return isNext;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #checked(program: Program): Program {
    return program.length > MAX_INSTRUCTIONS ? this.#tooLarge() : program;
  }

  #tooLarge(): never {
    return this.#fail(`its repeats make it larger than ${MAX_INSTRUCTIONS} characters`);
  }

  #fail(reason: string): never {
    throw new QueryError(
      `The regular expression ${quoted(this.#source)} can't be used, at its character ${this.#at + 1}: ${reason}.`,
    );
  }
}

const test = (matches: (character: string) => boolean): Instruction => ({ type: 'character', test: matches });
const jump = (...offsets: number[]): Instruction => ({ type: 'jump', offsets });

const copies = (part: Program, count: number): Program => Array.from({ length: count }, () => part).flat();

/** `part` any number of times. */
const loop = (part: Program): Program => [jump(1, part.length + 2), ...part, jump(-part.length - 1)];

/** `part` up to `count` times. */
const options = (part: Program, count: number): Program => copies([jump(1, part.length + 1), ...part], count);

function boundsOf([, sign, min, comma, max]: RegExpExecArray): readonly [min: number, max: number] {
  if (sign !== undefined) return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Number.POSITIVE_INFINITY];
  if (comma === undefined) return [Number(min), Number(min)];
  return [Number(min), max === undefined ? Number.POSITIVE_INFINITY : Number(max)];
}
