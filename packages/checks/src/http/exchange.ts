// One request and its answer over one fresh connection, always ended afterwards. Redirects, attempts and what an
// answer is worth are for the callers.
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpMethod } from '@guardia/model';
import { Client } from 'undici';
import type { Connection } from './connection.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** No more of a body is read than this; the rest is left unread and the connection ended. */
const BODY_BYTES = 1_048_576;

/** Asks once. @param answered called when the headers have come, before the body
 *  @throws what undici, the connection, or `signal` ended it with */
export async function exchange(
  request: HttpRequest,
  connection: Connection,
  signal: AbortSignal,
  answered: (answer: HttpAnswer) => void,
): Promise<HttpAnswer> {
  const { url, method, headers, body } = request;
  signal.throwIfAborted();
  // A client of its own, not a pool: connecting is part of what is checked. Time-outs are the signal's business.
  const client = new Client(url.origin, { connect: connection.open, headersTimeout: 0, bodyTimeout: 0 });
  // Safe twice. Not undici's own signal, which is heard only once a connection stands.
  const end = () => {
    connection.close();
    // It rejects for the sake of requests, which are ours and rejected on their own.
    client.destroy().catch(() => {});
  };
  signal.addEventListener('abort', end);
  try {
    const path = `${url.pathname}${url.search}`;
    const response = await client.request({ path, method, headers, body, reset: true });
    const answer = { status: response.statusCode, headers: response.headers };
    connection.phase = 'body';
    answered(answer);
    await readUpTo(BODY_BYTES, response.body);
    return answer;
  } finally {
    end();
  }
}

async function readUpTo(maxBytes: number, body: AsyncIterable<Buffer>): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes >= maxBytes) return;
  }
}
