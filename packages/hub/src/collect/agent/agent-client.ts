// Asks one agent for its readings: what is sent to it, and what its answer must be. The exchange itself is http's.
import type { Clock } from '@guardia/kernel';
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
