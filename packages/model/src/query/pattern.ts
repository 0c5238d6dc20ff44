// Matches regular expressions in time linear to the text, whatever the expression: one that a caller of the API wrote
// must not hold up storage. Reading the expression is left to pattern-parser.ts.
import { type Instruction, parsePattern } from './pattern-parser.ts';

const MAX_KNOWN = 10_000;

/** Makes the test of a text against a regular expression, anchored at both ends. The rule:
 *
 *  - At most 200 characters, and 1,000 instructions with all repeats written out.
 *  - Characters, `.` (line feeds too), classes `[a-z]`, `[^…]`, `\d \w \s \D \W \S`, `\p{L}`, groups `(…)` and `(?:…)`,
 *    `|`, repeats `* + ? {2} {2,} {2,5}`, and `(?i)` at the beginning for letters of either case. `^` at the beginning
 *    and `$` at the end are allowed and say nothing new.
 *  - No look-around, no back-references, no word boundaries, no named groups: these can't be matched in linear time, or
 *    mean nothing here.
 *
 *  All ways through the expression are followed side by side (Thompson's construction), so that nested repeats as
 *  `(a+)+` cost no more than others: at most instructions times characters.
 *  @throws {QueryError} names the expression, the character and what is possible instead */
export function compilePattern(source: string): (text: string) => boolean {
  const program = parsePattern(source, 'whole');
  // Many series have few values.
  const known = new Map<string, boolean>();
  return (text) => {
    let matched = known.get(text);
    if (matched === undefined) {
      matched = run(program, text);
      if (known.size === MAX_KNOWN) known.clear();
      known.set(text, matched);
    }
    return matched;
  };
}

function run(program: readonly Instruction[], text: string): boolean {
  const threads = new Threads(program);
  threads.follow(0);
  for (const character of text) {
    const before = threads.next();
    if (before.length === 0) return false;
    for (const index of before) {
      const instruction = program[index];
      if (instruction?.type === 'character' && instruction.test(character)) threads.follow(index + 1);
    }
  }
  // Behind the last instruction lies the match.
  return threads.next().includes(program.length);
}

/** The places in the program that the characters so far lead to, each once. */
class Threads {
  readonly #program: readonly Instruction[];
  readonly #seenAt: Int32Array;
  #round = 1;
  #places: number[] = [];

  constructor(program: readonly Instruction[]) {
    this.#program = program;
    this.#seenAt = new Int32Array(program.length + 1);
  }

  /** Adds a place, and those reached from it without a character. */
  follow(place: number): void {
    if (this.#seenAt[place] === this.#round) return;
    this.#seenAt[place] = this.#round;
    const instruction = this.#program[place];
    if (instruction === undefined || instruction.type === 'character') this.#places.push(place);
    else if (instruction.type === 'jump')
      for (const offset of instruction.offsets) this.follow(place + offset);
  }

  /** The places so far; collecting begins anew. */
  next(): readonly number[] {
    const places = this.#places;
    this.#places = [];
    this.#round += 1;
    return places;
  }
}
