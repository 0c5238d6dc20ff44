// What Gatus's conditions become: status codes, patterns, conditions on JSON, limits. Which endpoint they are of is
// endpoints.ts's.
import type { Values } from '../draft.ts';
import { jsonCondition, jsonGlob, jsonOneOf } from '../json-condition.ts';
import { commaList, globPattern, goDurationMs, oneOfPattern } from '../values.ts';

export type EndpointType = 'http' | 'tls' | 'tcp' | 'dns' | 'icmp' | 'ssh' | 'smtp';

const DAY_MS = 86_400_000;
const STATUS_CODES = Array.from({ length: 500 }, (_, i) => 100 + i);

interface Condition {
  /** Begins with a placeholder, or a function of one. */
  readonly left: string;
  readonly op: '==' | '!=' | '<' | '<=' | '>' | '>=';
  readonly right: string;
}

/** The keys that conditions amount to; each that can't be said is given to `tell`.
 *  @returns null where no answer can meet them */
export function expectationsOf(
  conditions: readonly string[],
  type: EndpointType,
  tell: (condition: string) => void,
): Values | null {
  const found = new Expectations(type);
  for (const text of conditions) {
    const condition = parse(text);
    if (condition?.left === '[CONNECTED]' && condition.right === 'false') return null;
    if (condition === null || !found.take(condition)) tell(text);
  }
  return found.values();
}

const FLIPPED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function parse(text: string): Condition | null {
  const [, left, op, right] = /^(.+?) (==|!=|<=|>=|<|>) (.*)$/s.exec(text.trim()) ?? [];
  if (left === undefined || right === undefined) return null;
  const comparison = op as Condition['op'];
  const isTurned = !isPlaceholder(left) && isPlaceholder(right.trim());
  return isTurned
    ? { left: right.trim(), op: FLIPPED[comparison], right: left.trim() }
    : { left: left.trim(), op: comparison, right: right.trim() };
}

function isPlaceholder(text: string): boolean {
  return /^(len\(|has\()?\[[A-Z_]+\]/.test(text);
}

class Expectations {
  readonly #type: EndpointType;
  readonly #json: string[] = [];
  readonly #answers: string[] = [];
  #statuses = STATUS_CODES;
  #pattern: string | undefined;
  #degradedMs: number | undefined;
  #certWarnDays: number | undefined;

  constructor(type: EndpointType) {
    this.#type = type;
  }

  /** @returns whether it can be said */
  take(condition: Condition): boolean {
    const { left, op, right } = condition;
    if (left === '[CONNECTED]') return op === '==' && right === 'true';
    if (left === '[DNS_RCODE]') return this.#type === 'dns' && op === '==' && right === 'NOERROR';
    if (left === '[STATUS]') return this.#type === 'http' && this.#takeStatus(condition);
    if (left === '[RESPONSE_TIME]') return this.#takeTime(condition);
    if (left === '[CERTIFICATE_EXPIRATION]') return this.#takeCertificate(condition);
    if (left === '[BODY]') return op === '==' && this.#takeBody(right);
    return this.#type === 'http' && this.#takeJson(condition);
  }

  /** Null where no status is left. */
  values(): Values | null {
    if (this.#statuses.length === 0) return null;
    return {
      ...(this.#type === 'http' ? { expected_status: ranges(this.#statuses) } : {}),
      ...(this.#type === 'tcp' ? { expect: this.#pattern } : { body_pattern: this.#pattern }),
      ...(this.#json.length === 0 ? {} : { json_path: this.#json }),
      ...(this.#answers.length === 0 ? {} : { expected_answers: this.#answers }),
      degraded_ms: this.#degradedMs,
      cert_warn_days: this.#certWarnDays,
    };
  }

  #takeStatus({ op, right }: Condition): boolean {
    const codes = (anyOf(right) ?? [right]).map(Number);
    if (codes.some(Number.isNaN) || (codes.length > 1 && op !== '==' && op !== '!=')) return false;
    this.#statuses = this.#statuses.filter((status) => holds(status, op, codes));
    return true;
  }

  #takeTime({ op, right }: Condition): boolean {
    const limitMs = Number(right);
    if (!op.startsWith('<') || !Number.isInteger(limitMs)) return false;
    this.#degradedMs = Math.min(limitMs, this.#degradedMs ?? Number.POSITIVE_INFINITY);
    return true;
  }

  #takeCertificate({ op, right }: Condition): boolean {
    const limitMs = goDurationMs(right);
    if (!op.startsWith('>') || limitMs === undefined || !['http', 'tls', 'smtp'].includes(this.#type))
      return false;
    this.#certWarnDays = Math.max(Math.ceil(limitMs / DAY_MS), this.#certWarnDays ?? 0);
    return true;
  }

  #takeBody(right: string): boolean {
    const texts = anyOf(right) ?? [right];
    const glob = globOf(right);
    if (this.#type === 'dns') {
      if (glob !== null || texts.length > 1) return false;
      this.#answers.push(right);
      return true;
    }
    if (this.#pattern !== undefined || (this.#type !== 'http' && this.#type !== 'tcp')) return false;
    const pattern = glob === null ? oneOfPattern(texts) : globPattern(glob);
    if (pattern === null) return false;
    if (pattern !== '') this.#pattern = pattern;
    return true;
  }

  #takeJson({ left, op, right }: Condition): boolean {
    const condition = jsonOf(left, op, right);
    if (condition !== null) this.#json.push(condition);
    return condition !== null;
  }
}

function holds(status: number, op: Condition['op'], codes: readonly number[]): boolean {
  const code = codes[0]!;
  switch (op) {
    case '==':
      return codes.includes(status);
    case '!=':
      return !codes.includes(status);
    case '<':
      return status < code;
    case '<=':
      return status <= code;
    case '>':
      return status > code;
    case '>=':
      return status >= code;
  }
}

/** `200-299`, `404`. */
function ranges(statuses: readonly number[]): (string | number)[] {
  const runs: { from: number; to: number }[] = [];
  for (const status of statuses) {
    const last = runs.at(-1);
    if (last?.to === status - 1) last.to = status;
    else runs.push({ from: status, to: status });
  }
  return runs.map(({ from, to }) => (from === to ? from : `${from}-${to}`));
}

function jsonOf(left: string, op: Condition['op'], right: string): string | null {
  const [, fn, inner] = /^(?:(len|has)\()?\[BODY\]((?:\.[^\s.[\]()]+|\[\d+\])*)\)?$/.exec(left) ?? [];
  if (inner === undefined) return null;
  const path = `$${inner}`;
  if (fn === 'has') return op === '==' && right === 'true' ? path : null;
  if (fn === 'len') return /^\d+$/.test(right) ? `${path}.length ${op} ${right}` : null;
  const glob = globOf(right);
  const texts = anyOf(right);
  if (glob === null && texts === null) return jsonCondition(path, op, right);
  if (op !== '==') return null;
  return glob === null ? jsonOneOf(path, texts!) : jsonGlob(path, glob);
}

function globOf(text: string): string | null {
  return /^pat\((.*)\)$/s.exec(text)?.[1] ?? null;
}

function anyOf(text: string): string[] | null {
  const inner = /^any\((.*)\)$/s.exec(text)?.[1];
  return inner === undefined ? null : commaList(inner);
}
