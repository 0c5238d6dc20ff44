// Why an exchange failed, and whose failure it was: the service's (DOWN) or this machine's own (UNKNOWN). Only what
// is known to be the service's counts as DOWN; everything else must not page anybody as DOWN.
import { errors } from 'undici';
import type { Deadline } from '../deadline.ts';
import { type Phase, UntrustedCertificate } from './connection.ts';

export interface Failure {
  readonly status: 'down' | 'unknown';
  readonly errorMessage: string;
}

/** A timer this late says that the process was held up: an answer may lie unread in the socket. */
const OVERDUE_MS = 500;

const AWAITED: Readonly<Record<Phase, string>> = {
  lookup: 'looking up the name',
  connect: 'connecting',
  handshake: 'agreeing on TLS',
  answer: 'waiting for the answer',
  body: "reading the answer's body",
};

/** The service's own failures by code: what came instead of the answer that was expected. */
const DOWN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'the name was not found',
  ETIMEDOUT: 'no connection came about',
  EHOSTUNREACH: 'the host could not be reached',
  EPROTO: 'TLS failed',
  UND_ERR_SOCKET: 'the connection was closed without a whole answer',
  UND_ERR_HEADERS_OVERFLOW: "the answer's headers were too long",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the body was not as long as announced',
  BAD_REDIRECT: 'a redirect to something that is no http or https URL',
};

/** This machine's failures by code. */
const OURS: Readonly<Record<string, string>> = {
  EMFILE: 'this process has too many open files',
  ENFILE: 'this machine has too many open files',
  ENOBUFS: 'this machine is out of network buffers',
  ENOMEM: 'this machine is out of memory',
  EADDRNOTAVAIL: 'this machine is out of local ports',
  ENETUNREACH: 'there is no route from here',
  ENETDOWN: "this machine's network is down",
  EAI_AGAIN: "this machine's resolver does not answer",
  EACCES: 'this machine forbids the connection',
  EPERM: 'this machine forbids the connection',
};

const CERTIFICATES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'one that has expired',
  CERT_NOT_YET_VALID: 'one that is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'a self-signed one',
  SELF_SIGNED_CERT_IN_CHAIN: 'one of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'one of an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'one without the certificates in between',
  ERR_TLS_CERT_ALTNAME_INVALID: 'one for another name',
};

/** Judges a time-out, or the end of a check whose owner is stopping. */
export function deadlineFailure(deadline: Deadline, phase: Phase, host: string): Failure {
  if (deadline.stopped)
    return { status: 'unknown', errorMessage: 'the check was ended before it had a result' };
  const expected = `expected an answer of ${host} within ${deadline.timeoutMs} ms`;
  if (deadline.overdueMs > OVERDUE_MS) {
    const lateMs = Math.round(deadline.overdueMs);
    return { status: 'unknown', errorMessage: `${expected}, but this process was held up for ${lateMs} ms` };
  }
  // A name that doesn't exist gets an answer; silence is the resolver's.
  const status = phase === 'lookup' ? 'unknown' : 'down';
  return { status, errorMessage: `${expected}, timed out while ${AWAITED[phase]}` };
}

/** Judges what an exchange threw. Texts are made of codes: messages of libraries may repeat parts of a URL. */
export function exchangeFailure(error: unknown, host: string): Failure {
  if (error instanceof UntrustedCertificate) return untrusted(error, host);
  const expected = `expected an answer of ${host}`;
  if (error instanceof errors.HTTPParserError) {
    return { status: 'down', errorMessage: `${expected}, got something that is not HTTP` };
  }
  const codes = codesOf(error);
  const down = codes.find((code) => code in DOWN || isTlsCode(code));
  if (down !== undefined) {
    return { status: 'down', errorMessage: `${expected}, ${DOWN[down] ?? 'TLS failed'} (${down})` };
  }
  const code = codes[0] ?? 'unknown error';
  return {
    status: 'unknown',
    errorMessage: `the check of ${host} could not run: ${OURS[code] ?? 'it failed'} (${code})`,
  };
}

function untrusted({ code }: UntrustedCertificate, host: string): Failure {
  const got = CERTIFICATES[code] ?? 'one that is not trusted';
  return { status: 'down', errorMessage: `expected a valid certificate of ${host}, got ${got} (${code})` };
}

function isTlsCode(code: string): boolean {
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_');
}

/** Codes of an error; of each address that was tried, when a name has several. */
function codesOf(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? [code] : [];
}
