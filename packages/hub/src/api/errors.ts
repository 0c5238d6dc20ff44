// The errors that the API answers with: a status, a stable code, a sentence, and details for programs.
// Turning any error into an answer is for error-answers.ts.
import { GuardiaError } from '@guardia/model';

/** What `details` may hold: the field at fault, what came, and what would have been fine. Never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface ApiErrorInit {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** Stable, in capitals: programs compare it. */
  readonly code: string;
  /** One or two sentences for people: what is wrong and what to do next. */
  readonly message: string;
  readonly details?: ErrorDetails;
  /** Response headers that belong to this error. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer other than 2xx that a route or a hook chose. */
export class ApiError extends GuardiaError {
  readonly code: string;
  readonly status: number;
  readonly details: ErrorDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(init: ApiErrorInit) {
    super(init.message);
    this.code = init.code;
    this.status = init.status;
    this.details = init.details ?? {};
    this.headers = init.headers ?? {};
  }
}

/** 404: nothing of that kind has this id or name. */
export function notFound(kind: string, id: string, hint: string): ApiError {
  return new ApiError({
    status: 404,
    code: 'NOT_FOUND',
    message: `There is no ${kind} '${id}'. ${hint}`,
    details: { field: kind, value: id },
  });
}

/** 400: a parameter that can't be used; `limit` says what could be. */
export function invalidParameter(field: string, value: unknown, limit: string): ApiError {
  return new ApiError({
    status: 400,
    code: 'INVALID_PARAMETER',
    message: `${field}: ${JSON.stringify(value)}, must be ${limit}.`,
    details: { field, value, limit },
  });
}

/** 400: a parameter that must be there; `limit` says what could be. */
export function missingParameter(field: string, limit: string): ApiError {
  return new ApiError({
    status: 400,
    code: 'INVALID_PARAMETER',
    message: `${field} is missing: it must be ${limit}.`,
    details: { field, limit },
  });
}

/** The port that the API should listen on belongs to another program. */
export class ApiPortTaken extends GuardiaError {
  readonly code = 'API_PORT_TAKEN';

  constructor(bind: string, port: number, cause: unknown) {
    super(
      `api.port: ${port} on api.bind ${bind} is taken by another program. ` +
        `Stop that program (\`ss -ltnp 'sport = :${port}'\` names it), or set api.port to a free port.`,
      { cause },
    );
  }
}

/** The API can't listen where it should, for another reason than a taken port. */
export class ApiCannotListen extends GuardiaError {
  readonly code = 'API_CANNOT_LISTEN';

  constructor(bind: string, port: number, cause: unknown) {
    super(
      `The API can't listen on api.bind ${bind}, api.port ${port}: ${cause instanceof Error ? cause.message : cause}. ` +
        'Set api.bind to an address of this machine; a port below 1024 needs the right to use it.',
      { cause },
    );
  }
}
