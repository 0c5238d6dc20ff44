// Answers POST /checks: one check as JSON in, its result as JSON out, for the hub alone. Whose token it is was looked at
// before; running the check is left to the runner.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Failure, JSON_TYPE, send } from './answers.ts';
import { type CheckRunner, MAX_CHECKS } from './check-runner.ts';

/** A check with a long body to send has some ten kilobytes. */
const MAX_BODY_BYTES = 65_536;

/** @returns why it couldn't be answered; null when it was, or nobody waits any more
 *  @throws {Error} when checks can't be run at all */
export async function answerCheck(
  runner: CheckRunner,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Failure | null> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const body = await readBody(request);
  if (body === null) return TOO_LARGE;
  const spec = readJson(body);
  if (spec === undefined) return NOT_JSON;
  const answer = await runner.run(spec, gone.signal);
  if (answer.type === 'busy') return BUSY;
  if (answer.type === 'invalid') return { status: 400, code: 'CHECK_SPEC_INVALID', message: answer.message };
  send(response, 200, JSON_TYPE, JSON.stringify(answer.result));
  return null;
}

const TOO_LARGE: Failure = {
  status: 413,
  code: 'TOO_LARGE',
  message: `body: longer than ${MAX_BODY_BYTES} bytes, must be one check`,
  // What else comes of the body isn't read.
  headers: { connection: 'close' },
};

const NOT_JSON: Failure = {
  status: 400,
  code: 'INVALID_JSON',
  message: 'body: not JSON, must be one check as a JSON object',
};

const BUSY: Failure = {
  status: 429,
  code: 'TOO_MANY_CHECKS',
  message: `${MAX_CHECKS} checks run here already, which is the most; ask again in a second`,
  headers: { 'retry-after': '1' },
};

/** Null when it is too long. */
function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not `for await`: leaving its loop would destroy the request, and its connection before the answer.
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) resolve(null);
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString()));
    request.once('error', reject);
  });
}

/** Undefined when it isn't JSON, which has no word for it. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
