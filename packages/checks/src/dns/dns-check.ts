// The DNS check: asks one resolver for one name's records, and compares the answers with those that are expected. How
// answers are written is for answers.ts.
import { promises } from 'node:dns';
import { isIP } from 'node:net';
import type { DnsCheckSpec } from '@guardia/model';
import { withRetries } from '../attempts.ts';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Deadline } from '../deadline.ts';
import { guardHost } from '../guard/guard.ts';
import { deadlineFailure, type NetworkFailure, networkFailure } from '../network-failure.ts';
import { answeredResult, failedResult } from '../reading.ts';
import { missingRoute } from '../route.ts';
import { canonicalAnswer, queryAnswers } from './answers.ts';

/** Answers that a text shows. */
const MAX_SHOWN = 5;
/** Characters that it shows of each. */
const MAX_SHOWN_CHARACTERS = 80;

/** What resolvers answer instead of records, by c-ares' code. */
const REPLIES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'NXDOMAIN',
  ENODATA: 'NODATA',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  EFORMERR: 'FORMERR',
  ENOTIMP: 'NOTIMP',
  EBADRESP: 'a malformed answer',
};

/** Nobody answered: it came to no datagram or connection back. */
const SILENCE: readonly string[] = ['ETIMEOUT', 'ECONNREFUSED'];

/** Checks once. See {@link Check.run}. */
export function runDnsCheck(spec: DnsCheckSpec, context: CheckContext): Promise<CheckResult> {
  return withRetries(spec, context, (deadline) => attempt(spec, context, deadline));
}

async function attempt(
  spec: DnsCheckSpec,
  { clock }: CheckContext,
  deadline: Deadline,
): Promise<CheckResult> {
  const startedAt = clock.mono();
  const found = (answers: number, succeeded: 0 | 1) => {
    const tookMs = clock.mono() - startedAt;
    const readings = {
      probe_dns_lookup_time_seconds: tookMs / 1000,
      probe_dns_answer_rrs: answers,
      probe_dns_query_succeeded: succeeded,
    };
    return { responseTimeMs: Math.round(tookMs * 10) / 10, readings };
  };
  try {
    const answers = await query(spec, deadline);
    return answeredResult(spec, found(answers.length, 1), missing(spec, answers));
  } catch (error) {
    const reply = REPLIES[codeOf(error)];
    if (reply === undefined) return failedResult(await silence(spec, error, deadline));
    const errorMessage = `expected ${records(spec)}, ${resolverName(spec)} answered ${reply}`;
    return failedResult({ status: 'down', errorMessage }, found(0, 0));
  }
}

async function query(
  { name, recordType, resolver, timeoutMs, allowLinkLocal }: DnsCheckSpec,
  { signal }: Deadline,
): Promise<string[]> {
  signal.throwIfAborted();
  // Asked again after a third of the time, since a lost datagram is no failure yet; the deadline comes before the last.
  const channel = new promises.Resolver({ timeout: Math.ceil(timeoutMs / 3), tries: 3 });
  if (resolver !== null) {
    guardHost(addressOf(resolver), allowLinkLocal);
    channel.setServers([resolver]);
  }
  const cancel = () => channel.cancel();
  signal.addEventListener('abort', cancel);
  try {
    return await queryAnswers(channel, recordType, name);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function missing({ recordType, expectedAnswers, ...spec }: DnsCheckSpec, answers: string[]): string[] {
  const absent = expectedAnswers.filter((answer) => !answers.includes(canonicalAnswer(recordType, answer)));
  const got = list(answers);
  return absent.length === 0
    ? []
    : [`expected ${recordType} records of ${spec.name} with ${list(absent)}, got ${got}`];
}

/** Judges that no answer came: a chosen resolver is what is checked, this machine's own is the monitor's means. */
async function silence(spec: DnsCheckSpec, error: unknown, deadline: Deadline): Promise<NetworkFailure> {
  const { resolver } = spec;
  const name = resolverName(spec);
  if (deadline.over) return deadlineFailure(deadline, resolver === null ? 'lookup' : 'answer', name);
  const code = codeOf(error);
  if (code === 'ERR_INVALID_IP_ADDRESS') {
    const errorMessage = `resolver: "${resolver}", must be an IP address, with :port or without, as 192.0.2.53:53`;
    return { status: 'unknown', errorMessage };
  }
  if (!SILENCE.includes(code)) return networkFailure(error, name);
  const noRoute = resolver === null ? null : await missingRoute(addressOf(resolver));
  if (noRoute !== null) return networkFailure({ code: noRoute }, name);
  const errorMessage = `expected ${records(spec)}, ${name} did not answer (${code})`;
  return { status: resolver === null ? 'unknown' : 'down', errorMessage };
}

function records({ recordType, name }: DnsCheckSpec): string {
  return `${recordType} records of ${name}`;
}

function resolverName({ resolver }: DnsCheckSpec): string {
  return resolver === null ? "this machine's resolver" : `resolver ${resolver}`;
}

/** `192.0.2.53:53`, `[2001:db8::53]:53`, or without port. */
function addressOf(resolver: string): string {
  return isIP(resolver) === 0 ? resolver.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') : resolver;
}

function list(answers: readonly string[]): string {
  const shown = answers.slice(0, MAX_SHOWN).map((answer) => answer.slice(0, MAX_SHOWN_CHARACTERS));
  const left = answers.length - shown.length;
  return [...shown, ...(left > 0 ? [`${left} more`] : [])].join(', ');
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code);
}
