// Searches texts for a regular expression in time linear to the text, whatever expression and text: bodies come from
// strangers, and a check must not hold up others. Reading the expression is left to pattern-parser.ts.
import { type Instruction, type Program, parsePattern } from './pattern-parser.ts';
import { QueryError, quoted } from './query-error.ts';

/** Without anything but characters that stand for themselves, some of them escaped. */
const LITERAL = /^(?:[^\\^$.*+?()[\]{}|]|\\[^\p{L}\p{N}])*$/u;
/** States kept per expression. Few expressions have more; for those, some are made again and again. */
const MAX_STATES = 1_000;
/** Places looked at in one search. Finding states for a usual text takes some thousands. */
const MAX_WORK = 1_000_000;
const ASCII = 128;
/** Characters beyond ASCII that a state remembers. */
const MAX_OTHERS = 200;

/** Makes the test whether an expression is found anywhere in a text. What it may hold is said at `compilePattern`, with
 *  one difference: `^` and `$` are possible anywhere, and stand for begin and end of the whole text, not of its lines.
 *
 *  All ways through the expression are followed side by side; where they lead is remembered for each set of ways and
 *  each character (a deterministic automaton, made as far as texts need it), so that a usual text costs a look into a
 *  table per character. Where texts need ever new sets the search is given up, which takes about a tenth of a second.
 *  The answer throws a {@link QueryError} then: whether the text holds the expression isn't known.
 *  @throws {QueryError} names the expression, the character and what is possible instead */
export function compileSearch(source: string): (text: string) => boolean {
  const program = parsePattern(source, 'part');
  if (LITERAL.test(source)) {
    const literal = source.replace(/\\(.)/gsu, '$1');
    return (text) => text.includes(literal);
  }
  const automaton = new Automaton(source, program);
  return (text) => automaton.finds(text);
}

/** A set of places in the program, with what is known of where characters lead from it. */
class State {
  readonly places: readonly number[];
  /** Whether the expression has been found, and whether it is if the text ends here. */
  readonly found: boolean;
  readonly foundAtEnd: boolean;
  readonly ascii: (State | undefined)[] = new Array(ASCII);
  readonly others = new Map<number, State>();

  constructor(places: readonly number[], found: boolean, foundAtEnd: boolean) {
    this.places = places;
    this.found = found;
    this.foundAtEnd = foundAtEnd;
  }
}

class Automaton {
  readonly #source: string;
  readonly #program: Program;
  readonly #first: State;
  readonly #states = new Map<string, State>();
  readonly #seenAt: Int32Array;
  #round = 0;
  /** Places looked at in this search. */
  #work = 0;

  constructor(source: string, program: Program) {
    this.#source = source;
    this.#program = program;
    this.#seenAt = new Int32Array(program.length + 1);
    this.#first = this.#stateAt([0], true);
  }

  finds(text: string): boolean {
    this.#work = 0;
    let state = this.#first;
    for (let at = 0; at < text.length && !state.found; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit < ASCII) {
        state = state.ascii[unit] ?? this.#step(state, unit);
      } else {
        const code = text.codePointAt(at)!;
        if (code > 0xffff) at += 1;
        state = state.others.get(code) ?? this.#step(state, code);
      }
    }
    return state.found || state.foundAtEnd;
  }

  #step(state: State, code: number): State {
    if (this.#work > MAX_WORK) this.#giveUp();
    const character = String.fromCodePoint(code);
    const starts: number[] = [];
    for (const place of state.places) {
      const instruction = this.#program[place];
      if (instruction?.type === 'character' && instruction.test(character)) starts.push(place + 1);
    }
    // The expression may also begin behind this character.
    starts.push(0);
    const next = this.#stateAt(starts, false);
    if (code < ASCII) state.ascii[code] = next;
    else if (state.others.size < MAX_OTHERS) state.others.set(code, next);
    return next;
  }

  #giveUp(): never {
    throw new QueryError(
      `The regular expression ${quoted(this.#source)} takes too long on this text; write it with fewer repeats.`,
    );
  }

  #stateAt(starts: readonly number[], isBegin: boolean): State {
    const places = this.#reached(starts, isBegin, false);
    const key = `${isBegin}${places.sort((a, b) => a - b)}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const found = places.includes(this.#program.length);
    const foundAtEnd = this.#reached(places, isBegin, true).includes(this.#program.length);
    const state = new State(places, found, foundAtEnd);
    this.#keep(key, state);
    return state;
  }

  #keep(key: string, state: State): void {
    if (this.#states.size === MAX_STATES) this.#forget();
    this.#states.set(key, state);
  }

  /** Also what states know of each other, or they would keep each other in memory. */
  #forget(): void {
    for (const state of [this.#first, ...this.#states.values()]) {
      state.ascii.fill(undefined);
      state.others.clear();
    }
    this.#states.clear();
  }

  /** The places reached without a further character: those that want one or the text's end, and the program's end. */
  #reached(starts: readonly number[], isBegin: boolean, isEnd: boolean): number[] {
    this.#round += 1;
    const places: number[] = [];
    const waiting = [...starts];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (this.#seenAt[place] === this.#round) continue;
      this.#seenAt[place] = this.#round;
      const further = furtherPlaces(this.#program[place], place, isBegin, isEnd);
      if (further === null) places.push(place);
      else waiting.push(...further);
    }
    this.#work += places.length;
    return places;
  }
}

/** Where a place leads without a character; null when it wants one, or the text's end, or is the program's own. */
function furtherPlaces(
  instruction: Instruction | undefined,
  place: number,
  isBegin: boolean,
  isEnd: boolean,
): readonly number[] | null {
  switch (instruction?.type) {
    case 'jump':
      return instruction.offsets.map((offset) => place + offset);
    case 'begin':
      return isBegin ? [place + 1] : [];
    case 'end':
      return isEnd ? [place + 1] : null;
    default:
      return null;
  }
}
