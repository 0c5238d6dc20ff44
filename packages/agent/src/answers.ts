// Writes the agent's answers: content with its type, errors with their code and an id. Which answer is due is left to
// the routes.
import type { ServerResponse } from 'node:http';

export const JSON_TYPE = 'application/json; charset=utf-8';

export function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, ['Content-Type', type, 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
}

/** What an error answer says: to programs by its code, to people by its message. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Beside those of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function fail(response: ServerResponse, requestId: string, failure: Failure): void {
  const { status, code, message, headers = {} } = failure;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  send(response, status, JSON_TYPE, JSON.stringify({ error: { code, message, request_id: requestId } }));
}
