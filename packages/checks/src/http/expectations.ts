// What a check expects of an answer, made ready once per check and held against each answer: a wrong status is DOWN,
// anything else that isn't met is DEGRADED. Slowness and certificates are reading.ts's.
import { compileSearch, type ExpectedHeader, type HttpCheckSpec } from '@guardia/model';
import { type Body, MAX_BODY_BYTES } from './body.ts';
import { excerptOf, isSecretHeader } from './excerpt.ts';
import type { HttpAnswer } from './exchange.ts';
import { type CompiledCondition, compileCondition } from './json-condition.ts';

type Expectation = (answer: HttpAnswer) => readonly string[];

export class Expectations {
  /** Whether the text of the body is needed. */
  readonly needsBody: boolean;
  readonly #spec: HttpCheckSpec;
  readonly #quote: (text: string) => string;
  readonly #all: readonly Expectation[];

  /** @throws {QueryError} when a regular expression can't be used */
  constructor(spec: HttpCheckSpec) {
    this.#spec = spec;
    this.#quote = excerptOf(spec);
    this.needsBody = spec.bodyPattern !== null || spec.jsonConditions.length > 0;
    this.#all = [
      ...spec.expectedHeaders.map((header) => this.#ofHeader(header)),
      ...(spec.bodyPattern === null ? [] : [this.#ofBody(spec.bodyPattern)]),
      ...(spec.jsonConditions.length === 0 ? [] : [this.#ofJson(spec.jsonConditions.map(compileCondition))]),
    ];
  }

  /** Null when the status is as expected. */
  wrongStatus(status: number): string | null {
    const { expectedStatus } = this.#spec;
    if (expectedStatus.some(({ from, to }) => status >= from && status <= to)) return null;
    const ranges = expectedStatus.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
    return `expected status ${ranges.join(', ')}, got ${status}`;
  }

  /** What was expected of headers and body and what came instead, one text each.
   *  @throws {QueryError} when a regular expression takes too long on what came */
  unmet(answer: HttpAnswer): readonly string[] {
    return this.#all.flatMap((expectation) => expectation(answer));
  }

  #ofHeader({ name, pattern }: ExpectedHeader): Expectation {
    const finds = pattern === null ? () => true : compileSearch(pattern);
    const expected = `expected a header ${name}${pattern === null ? '' : ` that matches /${pattern}/`}`;
    return ({ headers }) => {
      const values = headers[name] ?? [];
      if (values.some(finds)) return [];
      if (values.length === 0) return [`${expected}, got none`];
      const got = isSecretHeader(name) ? 'another value' : values.map(this.#quote).join(', ');
      return [`${expected}, got ${got}`];
    };
  }

  #ofBody(pattern: string): Expectation {
    const finds = compileSearch(pattern);
    const expected = `expected a body that matches /${pattern}/`;
    return ({ body }) => (finds(body.text) ? [] : [`${expected}, got ${this.#quotedBody(body)}`]);
  }

  #ofJson(conditions: readonly CompiledCondition[]): Expectation {
    return ({ body }) => {
      if (body.isCut) return [`expected a JSON body of at most ${MAX_BODY_BYTES} bytes, got a longer one`];
      const root = parsed(body.text);
      if (root === undefined) return [`expected a JSON body, got ${this.#quotedBody(body)}`];
      return conditions
        .filter((condition) => !condition.isMet(root))
        .map((condition) => `expected ${condition.text}, got ${this.#quotedValue(condition.valueIn(root))}`);
    };
  }

  #quotedBody({ text, isCut }: Body): string {
    if (text === '') return 'an empty one';
    const cut = isCut ? `, of which only the first ${MAX_BODY_BYTES} bytes were read` : '';
    return `${this.#quote(text)}${cut}`;
  }

  #quotedValue(value: unknown): string {
    if (value === undefined) return 'nothing there';
    if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
    return typeof value === 'string' ? this.#quote(value) : String(value);
  }
}

/** Undefined when the text isn't JSON, in which nothing is undefined. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
