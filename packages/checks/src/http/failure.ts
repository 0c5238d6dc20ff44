// Why an exchange failed, and whose failure it was: the service's (DOWN) or this machine's own (UNKNOWN). What isn't
// HTTP's alone is network-failure.ts's.
import type { Deadline } from '../deadline.ts';
import {
  type Phase as Awaited,
  type NetworkFailure,
  networkFailure,
  deadlineFailure as networkTimeout,
} from '../network-failure.ts';
import type { Phase } from './phase-times.ts';

const AWAITED: Readonly<Record<Phase, Awaited>> = {
  resolve: 'lookup',
  connect: 'connect',
  tls: 'handshake',
  processing: 'answer',
  transfer: 'body',
};

/** The service's own failures by code: what came instead of the answer that was expected. */
const DOWN: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was closed without a whole answer',
  HPE_INVALID_EOF_STATE: 'the connection was closed without a whole answer',
  HPE_HEADER_OVERFLOW: "the answer's headers were too long",
  BAD_ENCODING: 'its body was not encoded as its header says',
  BAD_REDIRECT: 'a redirect to something that is no http or https URL',
};

/** Judges a time-out, or the end of a check whose owner is stopping. */
export function deadlineFailure(deadline: Deadline, phase: Phase, host: string): NetworkFailure {
  return networkTimeout(deadline, AWAITED[phase], host);
}

/** Judges what an exchange threw. Texts are made of codes: messages of libraries may repeat parts of a URL. */
export function exchangeFailure(error: unknown, host: string): NetworkFailure {
  const code = String((error as { code?: unknown } | null)?.code);
  const reason = reasonOf(code);
  // Of a name with several addresses, each has a code of its own.
  if (reason === undefined || error instanceof AggregateError) return networkFailure(error, host);
  return { status: 'down', errorMessage: `expected an answer of ${host}, ${reason} (${code})` };
}

function reasonOf(code: string): string | undefined {
  if (Object.hasOwn(DOWN, code)) return DOWN[code];
  // What Node's parser makes of bytes that are no HTTP.
  return code.startsWith('HPE_') ? 'got something that is not HTTP' : undefined;
}
