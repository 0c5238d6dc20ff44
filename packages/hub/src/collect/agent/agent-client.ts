// Asks one agent for its readings, or to check something from where it is: what is sent to it, and what its answer must
// be. The exchange itself is http's.
import type { Clock } from '@guardia/kernel';
import type { CheckSpec } from '@guardia/model';
import type { Dispatcher } from 'undici';
import { BadAnswer } from '../http/bad-answer.ts';
import { type Answer, askFor, type Pending } from '../http/exchange.ts';

/** Largest answer that is read, bytes. A machine with 1,000 disks says about 400 kB. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface AgentRequest {
  /** `10.0.0.5:51243`. */
  readonly alias: string;
  readonly token: string | null;
  readonly timeoutMs: number;
}

/** Asks for `GET /metrics`; the reading is the body. */
export function askAgent(
  dispatcher: Dispatcher,
  clock: Clock,
  { alias, token, timeoutMs }: AgentRequest,
): Pending<string> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token !== null) headers['x-monitoring-secret'] = token;
  const request = {
    origin: `http://${alias}`,
    path: '/metrics',
    headers,
    timeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
    name: alias,
    hint: `The agent may be stopped or a firewall may drop the port. Try: curl http://${alias}/ping`,
  };
  return askFor(dispatcher, clock, request, readBody);
}

/** Largest result of a check that is read, bytes. */
const MAX_RESULT_BYTES = 1024 * 1024;

/** How much longer than the check itself the agent's answer may take. */
const CHECK_EXTRA_MS = 2_000;

/** Has an agent check something; the reading is what it answered, as JSON, and nothing more is known of it. */
export function askAgentToCheck(
  dispatcher: Dispatcher,
  clock: Clock,
  { alias, token }: Pick<AgentRequest, 'alias' | 'token'>,
  spec: CheckSpec,
): Pending<unknown> {
  const request = {
    origin: `http://${alias}`,
    path: '/checks',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(spec),
    timeoutMs: spec.timeoutMs + CHECK_EXTRA_MS,
    maxBytes: MAX_RESULT_BYTES,
    name: alias,
    hint: `The agent may be stopped or a firewall may drop the port. Try: curl http://${alias}/ping`,
  };
  return askFor(dispatcher, clock, request, readResult);
}

/** Why an agent refuses to check, by status. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: "the agent doesn't understand this check (status 400). Update it, or change the check",
  403: 'the agent checks nothing without a secret (status 403). Give it AGENT_SECRET, and its server the same token',
  404: "the agent can't check (status 404). Update it",
  429: 'the agent has too many checks under way (status 429)',
};

function readResult(answer: Answer): unknown {
  const refusal = REFUSALS[answer.status];
  if (refusal !== undefined) throw new BadAnswer(refusal + reasonOf(answer));
  try {
    return JSON.parse(readBody(answer));
  } catch (error) {
    if (error instanceof BadAnswer) throw error;
    throw new BadAnswer(`the answer is not JSON: ${(error as Error).message}`);
  }
}

/** Characters of an agent's reason that are kept. */
const MAX_REASON = 300;

/** What the agent says of a check that it refuses: it names field and limit, and no secret. */
function reasonOf({ status, chunks }: Answer): string {
  if (status !== 400) return '';
  try {
    const { error } = JSON.parse(Buffer.concat(chunks).toString()) as { error: { message: unknown } };
    return typeof error.message === 'string' ? `. It says: ${error.message.slice(0, MAX_REASON)}` : '';
  } catch {
    return '';
  }
}

function readBody({ status, headers, chunks }: Answer): string {
  const bad = statusProblem(status, String(headers['content-type'] ?? ''));
  if (bad !== null) throw new BadAnswer(bad);
  return Buffer.concat(chunks).toString('utf8');
}

function statusProblem(status: number, type: string): string | null {
  if (status === 401 || status === 403)
    return `the agent refused the token (status ${status}). Compare the server's token with the agent's AGENT_SECRET`;
  if (status !== 200) return `status ${status}, expected 200`;
  if (!type.includes('json'))
    return `the answer is ${type === '' ? 'of no type' : type}, expected application/json`;
  return null;
}
