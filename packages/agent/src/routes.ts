// Answers the agent's HTTP requests: which path, which method, whose token, which format. Reading the machine is
// left to the metrics source, listening and stopping to the agent.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentLog } from './log.ts';
import type { MetricsFormat, MetricsSource } from './metrics-source.ts';
import type { TokenCheck } from './token.ts';

const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  json: 'application/json; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export interface RoutesOptions {
  readonly metrics: MetricsSource;
  readonly isAllowed: TokenCheck;
  readonly log: AgentLog;
  readonly newRequestId: () => string;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The listener for `http.createServer`. It never throws. */
export function routes(options: RoutesOptions): Handler {
  const handlers = new Map<string, Handler>([
    ['/metrics', (request, response) => void answerMetrics(options, request, response)],
    ['/ping', (_, response) => send(response, 200, 'text/plain; charset=utf-8', 'pong')],
  ]);
  return (request, response) => {
    const path = request.url!.split('?', 1)[0]!;
    const handler = handlers.get(path);
    if (handler === undefined) {
      const known = [...handlers.keys()].join(' and ');
      fail(options, response, 404, 'NOT_FOUND', `no such path; this agent answers ${known}`);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      fail(options, response, 405, 'METHOD_NOT_ALLOWED', `${path} answers GET and HEAD only`);
    } else {
      handler(request, response);
    }
  };
}

/** The format that an Accept header asks for, by order of appearance; JSON when it names none of ours. */
export function negotiatedFormat(accept: string | undefined): MetricsFormat {
  const named = /application\/(?:openmetrics-text|json)|text\/plain/i.exec(accept ?? '')?.[0].toLowerCase();
  if (named === 'application/openmetrics-text') return 'openmetrics';
  return named === 'text/plain' ? 'prometheus' : 'json';
}

async function answerMetrics(
  options: RoutesOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!options.isAllowed(request.headers)) {
    response.setHeader('www-authenticate', 'Bearer');
    const message = 'missing or wrong token; send it as X-MONITORING-SECRET or Authorization: Bearer';
    fail(options, response, 401, 'UNAUTHORIZED', message);
    return;
  }
  const format = negotiatedFormat(request.headers.accept);
  try {
    send(response, 200, CONTENT_TYPES[format], await options.metrics.text(format));
  } catch (error) {
    const requestId = fail(
      options,
      response,
      500,
      'READING_FAILED',
      'this machine could not be read; see the log',
    );
    options.log.warn(`request ${requestId}: reading failed: ${String(error)}`);
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, ['Content-Type', type, 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
}

/** @returns the id that the answer carries */
function fail(
  { newRequestId }: RoutesOptions,
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): string {
  const requestId = newRequestId();
  send(
    response,
    status,
    CONTENT_TYPES.json,
    JSON.stringify({ error: { code, message, request_id: requestId } }),
  );
  return requestId;
}
