// Why a connection failed, and whose failure it was: the service's (DOWN) or this machine's own (UNKNOWN). What a
// protocol's answer is worth is for each check.
import { QueryError } from '@guardia/model';
import type { Deadline } from './deadline.ts';
import { AddressRefused } from './guard/guard.ts';

/** What is awaited: the name, the connection, the handshake, the answer, its body where it has one. */
export type Phase = 'lookup' | 'connect' | 'handshake' | 'answer' | 'body';

export interface NetworkFailure {
  readonly status: 'down' | 'unknown';
  readonly errorMessage: string;
}

/** The far side's certificate isn't trusted; `code` is OpenSSL's or Node's name of the reason. */
export class UntrustedCertificate extends Error {
  readonly code: string;
  /** The name that it must be for. */
  readonly expected: string;
  /** The names that it is for; empty when it names none. */
  readonly names: string;
  constructor(code: string, expected: string, names: string) {
    super(`certificate: ${code}`);
    this.code = code;
    this.expected = expected;
    this.names = names;
  }
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
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks no TLS at this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it speaks no TLS at this port',
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
};

/** Judges a time-out, or the end of a check whose owner is stopping. */
export function deadlineFailure(deadline: Deadline, phase: Phase, host: string): NetworkFailure {
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

/** Judges what looking up, connecting or TLS threw. Texts are made of codes: messages of libraries may hold secrets.
 *  Only what is known to be the service's is DOWN; everything else must page nobody as DOWN. */
export function networkFailure(error: unknown, host: string): NetworkFailure {
  if (error instanceof UntrustedCertificate) return untrusted(error, host);
  // A pattern that can't be read is of this kind; both texts are ours.
  if (error instanceof AddressRefused || error instanceof QueryError) return couldNotRun(host, error.message);
  const codes = codesOf(error);
  const down = codes.find((code) => Object.hasOwn(DOWN, code) || isTlsCode(code));
  if (down !== undefined) {
    const came = DOWN[down] ?? 'TLS failed';
    return { status: 'down', errorMessage: `expected an answer of ${host}, ${came} (${down})` };
  }
  const code = codes[0] ?? 'unknown error';
  return couldNotRun(host, `${OURS[code] ?? 'it failed'} (${code})`);
}

function couldNotRun(host: string, reason: string): NetworkFailure {
  return { status: 'unknown', errorMessage: `the check of ${host} could not run: ${reason}` };
}

function untrusted({ code, expected, names }: UntrustedCertificate, host: string): NetworkFailure {
  const errorMessage =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? `expected a certificate of ${host} for ${expected}, got one ${names === '' ? 'without names' : `for ${names}`} (${code})`
      : `expected a valid certificate of ${host}, got ${CERTIFICATES[code] ?? 'one that is not trusted'} (${code})`;
  return { status: 'down', errorMessage };
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
