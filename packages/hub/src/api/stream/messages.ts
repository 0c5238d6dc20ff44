// What clients of the stream may say: a token, or what they want to hear. Reading it refuses with a code and
// never throws; acting on it is for client.ts.

/** The names a subscription may hold. Those of parts that this hub doesn't run are accepted and stay silent;
 *  `lagged` is sent to everyone. */
const TOPICS = [
  'metric',
  'server',
  'exporter',
  'fact',
  'service_check',
  'alert',
  'delivery',
  'silence',
  'maintenance',
  'actor',
  'task',
  'config_change',
  'secret',
  'lagged',
] as const;

const MAX_TARGETS = 1_000;

export interface Subscribe {
  readonly type: 'subscribe';
  /** Null: all. */
  readonly topics: readonly string[] | null;
  /** Ids, aliases or names; null: all. */
  readonly targets: readonly string[] | null;
  /** The newest event that the client has. */
  readonly since: number | null;
}

export type ClientMessage = Subscribe | { readonly type: 'auth'; readonly token: string };

export interface Refusal {
  readonly type: 'refused';
  readonly code: 'MALFORMED_JSON' | 'UNKNOWN_TYPE' | 'INVALID_FIELD';
  readonly message: string;
}

/** Reads one message. */
export function readMessage(text: string): ClientMessage | Refusal {
  const parsed = parseObject(text);
  if (parsed === null) return refuse('MALFORMED_JSON', 'The message is not a JSON object.');
  if (parsed.type === 'auth') return readAuth(parsed);
  if (parsed.type === 'subscribe') return readSubscribe(parsed);
  return refuse('UNKNOWN_TYPE', 'type: must be "subscribe" or "auth".');
}

function readAuth({ token }: Record<string, unknown>): ClientMessage | Refusal {
  return typeof token === 'string'
    ? { type: 'auth', token }
    : refuse('INVALID_FIELD', 'token: must be a text.');
}

function readSubscribe({ topics, targets, since }: Record<string, unknown>): Subscribe | Refusal {
  const isTopic = (topic: string): boolean => TOPICS.some((known) => known === topic);
  if (!isAbsent(topics) && !(isTextList(topics) && topics.every(isTopic))) {
    return refuse('INVALID_FIELD', `topics: must be a list of ${TOPICS.join(', ')}.`);
  }
  if (!isAbsent(targets) && !(isTextList(targets) && targets.length <= MAX_TARGETS)) {
    return refuse(
      'INVALID_FIELD',
      `targets: must be a list of at most ${MAX_TARGETS} ids, aliases or names.`,
    );
  }
  if (!isAbsent(since) && !(Number.isSafeInteger(since) && (since as number) >= 0)) {
    return refuse('INVALID_FIELD', 'since: must be the seq of an event.');
  }
  return {
    type: 'subscribe',
    topics: (topics as string[] | undefined) ?? null,
    targets: (targets as string[] | undefined) ?? null,
    since: (since as number | undefined) ?? null,
  };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function refuse(code: Refusal['code'], message: string): Refusal {
  return { type: 'refused', code, message };
}
