// Turns every error into the one shape of an answer: `{"error":{code, message, request_id, details}}`. What can
// go wrong in a route is for errors.ts and the domains.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DatabaseError } from '@guardia/db';
import { KernelError } from '@guardia/kernel';
import { GuardiaError } from '@guardia/model';
import { QueryRefused } from '@guardia/series';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DeclaredRoute } from './access/route-access.ts';
import type { ApiLog } from './deps.ts';
import { ApiError } from './errors.ts';
import { ofValidation } from './validation-error.ts';

/** How long a peer may take to read the last answer on its connection. */
const LAST_WORDS_MS = 500;

/** Statuses of errors that other packages raise, by their code. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  HISTORY_NOT_KEPT: 409,
  INVALID_SILENCE: 400,
  PERCENTILE_NEEDS_RAW: 422,
  QUERY_AMBIGUOUS: 422,
  // Who asked went away, so that nobody reads it.
  QUERY_CANCELLED: 499,
  QUERY_INVALID: 400,
  QUERY_TOO_MANY_POINTS: 422,
  QUERY_TOO_MANY_SERIES: 422,
  QUERY_TOO_MUCH_ARCHIVE: 422,
  SERIES_UNAVAILABLE: 503,
};

/** What a database says while it is away or has too much to do: it may well last, and each request would repeat it. */
const PASSING: ReadonlySet<string> = new Set(['DATABASE_BUSY', 'DATABASE_UNREACHABLE']);

/** What the framework finds wrong with a request, in our words. */
const FRAMEWORK_ERRORS: Readonly<Record<string, { code: string; message: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'The body has a type that is not understood. Send JSON with `Content-Type: application/json`.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'BODY_TOO_LARGE', message: 'The body is larger than 1 MiB.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'MALFORMED_JSON', message: 'The body is not JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'MALFORMED_JSON',
    message: 'The body is empty although its type is JSON. Send `{}`, or leave Content-Type out.',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    code: 'URL_TOO_LONG',
    message: 'A part of the path is longer than 1000 characters; no id or name is.',
  },
  FST_ERR_BAD_URL: {
    code: 'MALFORMED_URL',
    message: 'The path is not a valid URL. Check its percent signs.',
  },
};

/** The body of every answer other than 2xx. */
function errorBody(error: ApiError, requestId: string): { error: Record<string, unknown> } {
  const { code, message, details } = error;
  return { error: { code, message, request_id: requestId, details } };
}

/** Answers an error; only unexpected ones are logged, with their stack unless they pass. */
export function answerError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: ApiLog,
): void {
  const error = toApiError(thrown, request.method);
  const from = { requestId: request.id, url: request.url };
  if (thrown instanceof DatabaseError && PASSING.has(thrown.code)) {
    log.warn(from, `a request failed: ${thrown.message}`);
  } else if (error.status >= 500) {
    log.error({ err: thrown, ...from }, 'a request failed');
  }
  void reply.code(error.status).headers(error.headers).send(errorBody(error, request.id));
}

/** Sets the answers for errors, unknown paths, and methods that a path doesn't have. */
export function answerErrors(app: FastifyInstance, routes: readonly DeclaredRoute[], log: ApiLog): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  app.setNotFoundHandler((request, reply) => answerError(unknownRoute(request, routes), request, reply, log));
}

/** The answer to bytes that aren't a request, written to the socket as it is.
 *  @param requestId made for this answer, as there is no request */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  const [status, code, message] = clientError(error.code);
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else writeRawError(socket, new ApiError({ status, code, message }), requestId);
}

/** Writes an error to a socket that has no response object, and closes it, at the latest after
 *  {@link LAST_WORDS_MS}. */
export function writeRawError(socket: Socket, error: ApiError, requestId: string): void {
  const body = JSON.stringify(errorBody(error, requestId));
  const headers = {
    ...error.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`);
  socket.setTimeout(LAST_WORDS_MS, () => socket.destroy());
}

function toApiError(thrown: unknown, method: string): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof DatabaseError && thrown.code === 'DATABASE_UNREACHABLE' && method === 'GET')
    return unreadable(thrown);
  if (thrown instanceof GuardiaError || thrown instanceof KernelError) return ofKnown(thrown);
  return isFastifyError(thrown) ? ofFramework(thrown) : internalError();
}

/** Errors of other packages. Known codes and what may pass keep their text, which is made for people; the rest is
 *  a bug. */
function ofKnown(error: GuardiaError | KernelError): ApiError {
  const status = STATUS_BY_CODE[error.code] ?? (error.retryable ? 503 : undefined);
  if (status === undefined) return internalError();
  const details = error instanceof QueryRefused ? error.details : {};
  return new ApiError({ status, code: error.code, message: error.message, details });
}

/** The error's own text is about what was to be stored. */
function unreadable({ code, path }: DatabaseError): ApiError {
  return new ApiError({
    status: 503,
    code,
    message: `The database ${path} can't be reached; check that its server runs, then ask again.`,
  });
}

function ofFramework(error: FastifyError): ApiError {
  if (error.validation !== undefined) return ofValidation(error);
  const status = error.statusCode ?? 500;
  const known = FRAMEWORK_ERRORS[error.code];
  if (known !== undefined) return new ApiError({ status, ...known });
  if (status < 500)
    return new ApiError({ status, code: 'BAD_REQUEST', message: 'The request is malformed.' });
  return internalError();
}

/** 405 where the path exists with other methods, else 404. */
function unknownRoute(request: FastifyRequest, routes: readonly DeclaredRoute[]): ApiError {
  const path = request.url.split('?')[0]!;
  const methods = routes.filter((route) => pathMatches(route.url, path)).flatMap((route) => route.methods);
  if (methods.length === 0 || methods.includes(request.method)) {
    const message = `There is nothing at ${path}. The paths are listed in docs/api.md.`;
    return new ApiError({ status: 404, code: 'ROUTE_NOT_FOUND', message, details: { value: path } });
  }
  const allow = [...new Set(methods)].join(', ');
  return new ApiError({
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    message: `${request.method} is not possible at ${path}; it takes ${allow}.`,
    details: { field: 'method', value: request.method, limit: allow },
    headers: { allow },
  });
}

function pathMatches(pattern: string, path: string): boolean {
  const parts = path.split('/');
  const wanted = pattern.split('/');
  if (wanted.at(-1) === '*' ? parts.length < wanted.length : parts.length !== wanted.length) return false;
  return wanted.every((part, index) => part === '*' || part.startsWith(':') || part === parts[index]);
}

function clientError(code: string | undefined): readonly [status: number, code: string, message: string] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, 'HEADERS_TOO_LARGE', 'The headers are larger than 16 KiB.'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [408, 'REQUEST_TIMEOUT', 'The request took too long to arrive.'];
  return [400, 'BAD_REQUEST', 'What came is not an HTTP request.'];
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && 'statusCode' in thrown && 'code' in thrown;
}

function internalError(): ApiError {
  return new ApiError({
    status: 500,
    code: 'INTERNAL',
    message:
      'Guardia could not do this because of an error of its own. The log names it under the request id.',
  });
}
