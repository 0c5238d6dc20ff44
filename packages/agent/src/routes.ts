// Answers the agent's HTTP requests: which path, which method, whose token, which format. Reading the machine is
// left to the metrics source, running checks to the runner, listening and stopping to the agent.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Failure, fail, JSON_TYPE, send } from './answers.ts';
import { answerCheck } from './check-route.ts';
import type { CheckRunner } from './check-runner.ts';
import type { AgentLog } from './log.ts';
import type { MetricsFormat, MetricsSource } from './metrics-source.ts';
import type { TokenCheck } from './token.ts';

const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  json: JSON_TYPE,
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export interface RoutesOptions {
  readonly metrics: MetricsSource;
  readonly checks: CheckRunner;
  readonly isAllowed: TokenCheck;
  /** Whether `isAllowed` asks for anything. */
  readonly hasSecret: boolean;
  readonly log: AgentLog;
  readonly newRequestId: () => string;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

interface Route {
  readonly methods: readonly string[];
  /** @returns why there was no answer; null when there was */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<Failure | null>;
}

/** The listener for `http.createServer`. It never throws. */
export function routes(options: RoutesOptions): Listener {
  const table: Readonly<Record<string, Route>> = {
    '/metrics': {
      methods: ['GET', 'HEAD'],
      answer: (request, response) => answerMetrics(options, request, response),
    },
    '/ping': {
      methods: ['GET', 'HEAD'],
      async answer(_, response) {
        send(response, 200, 'text/plain; charset=utf-8', 'pong');
        return null;
      },
    },
    '/checks': {
      methods: ['POST'],
      answer: async (request, response) =>
        refusedCheck(options, request) ?? (await answerCheck(options.checks, request, response)),
    },
  };
  return (request, response) => void answer(options, table, request, response);
}

/** The format that an Accept header asks for, by order of appearance; JSON when it names none of ours. */
export function negotiatedFormat(accept: string | undefined): MetricsFormat {
  const named = /application\/(?:openmetrics-text|json)|text\/plain/i.exec(accept ?? '')?.[0].toLowerCase();
  if (named === 'application/openmetrics-text') return 'openmetrics';
  return named === 'text/plain' ? 'prometheus' : 'json';
}

async function answer(
  { log, newRequestId }: RoutesOptions,
  table: Readonly<Record<string, Route>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url!.split('?', 1)[0]!;
  const route = Object.hasOwn(table, path) ? table[path]! : null;
  try {
    const failure =
      route === null
        ? noSuchPath(Object.keys(table))
        : (wrongMethod(route, path, request) ?? (await route.answer(request, response)));
    if (failure !== null) fail(response, newRequestId(), failure);
  } catch (error) {
    if (response.destroyed) return; // whoever asked has gone
    const requestId = newRequestId();
    const { what, ...failure } = path === '/checks' ? CHECK_FAILED : READING_FAILED;
    log.warn(`request ${requestId}: ${what} failed: ${String(error)}`);
    fail(response, requestId, failure);
  }
}

const READING_FAILED = {
  what: 'reading',
  status: 500,
  code: 'READING_FAILED',
  message: 'this machine could not be read; see the log',
};

const CHECK_FAILED = {
  what: 'check',
  status: 500,
  code: 'CHECK_FAILED',
  message: 'the check could not be run; see the log',
};

async function answerMetrics(
  options: RoutesOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Failure | null> {
  if (!options.isAllowed(request.headers)) return UNAUTHORIZED;
  const format = negotiatedFormat(request.headers.accept);
  send(response, 200, CONTENT_TYPES[format], await options.metrics.text(format));
  return null;
}

/** Checks reach whatever this machine reaches: never for everybody. */
function refusedCheck({ hasSecret, isAllowed }: RoutesOptions, request: IncomingMessage): Failure | null {
  if (!hasSecret) return NO_SECRET;
  return isAllowed(request.headers) ? null : UNAUTHORIZED;
}

const UNAUTHORIZED: Failure = {
  status: 401,
  code: 'UNAUTHORIZED',
  message: 'missing or wrong token; send it as X-MONITORING-SECRET or Authorization: Bearer',
  headers: { 'www-authenticate': 'Bearer' },
};

const NO_SECRET: Failure = {
  status: 403,
  code: 'SECRET_REQUIRED',
  message:
    'an agent without a secret runs no checks; start it with AGENT_SECRET set, and give the hub the same as token',
};

function noSuchPath(paths: readonly string[]): Failure {
  return { status: 404, code: 'NOT_FOUND', message: `no such path; this agent answers ${paths.join(', ')}` };
}

function wrongMethod({ methods }: Route, path: string, { method = '' }: IncomingMessage): Failure | null {
  if (methods.includes(method)) return null;
  return {
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    message: `${path} answers ${methods.join(' and ')} only`,
    headers: { allow: methods.join(', ') },
  };
}
