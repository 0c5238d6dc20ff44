// What a failed attempt to send a mail amounts to: try again or final, in a text without the password. Sending is
// email.ts.
import type { EmailNotifierConfig } from '@guardia/model';
import type { NodemailerError } from 'nodemailer';
import type { SendResult } from '../notifier.ts';
import { redactorOf } from '../redaction.ts';
import { TLS_FAILURES } from '../tls-failures.ts';

const QUOTED_CHARACTERS = 200;

/** Failures without an answer, by nodemailer's codes and those of the system below it. */
const FAILURES: Readonly<Record<string, string>> = {
  ...TLS_FAILURES,
  EABORT: 'no answer before the attempt was given up',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  ECONNECTION: 'the connection was closed before the message was taken',
  EDNS: 'the name was not found',
  EPROTOCOL: 'the answer is not SMTP',
  ETIMEDOUT: 'no answer in time',
  ETLS: 'no encrypted connection came about',
};

/** Mistakes in the settings that show before anything is sent. */
const MISTAKES: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE', 'EAUTH']);

/** A server of one's own often has no encryption, which is what is asked for unless the settings say otherwise. */
const NO_STARTTLS = ": it doesn't encrypt at this port; name the right port, or set security to tls or none";

/** SMTP answers 4xx are worth another try and 5xx are final (RFC 5321, section 4.2.1), but for 503, which complains of
 *  the order of commands. Everything that is no answer is worth another try, a certificate that isn't trusted included:
 *  it may be renewed. */
export function emailFailure(config: EmailNotifierConfig, error: unknown): SendResult {
  const failure = error as Partial<NodemailerError>;
  const { host, port } = config;
  if (typeof failure.responseCode === 'number' && typeof failure.response === 'string') {
    const answer = `${host}:${port} answered ${quote(config, failure.response)}`;
    const text = failure.command === 'STARTTLS' ? `${answer} to STARTTLS${NO_STARTTLS}` : answer;
    return failure.permanent === true ? refused(text) : retry(text);
  }
  if (MISTAKES.has(failure.code ?? '')) {
    return refused(
      `${host}:${port}: the mail can't be sent as it is (${failure.code}): correct the notifier's settings`,
    );
  }
  return retry(`${host}:${port}: ${failureText(failure)}`);
}

/** Says what failed by codes alone: messages of libraries repeat what was sent. */
function failureText({ originalCode, code }: Partial<NodemailerError>): string {
  const known = FAILURES[originalCode ?? ''] ?? FAILURES[code ?? ''];
  return known ?? `the attempt failed (${originalCode ?? code ?? 'unknown error'})`;
}

/** The start of an answer in one line, without the password: neither as it is nor as it was sent, in base64. */
function quote({ user, password }: EmailNotifierConfig, answer: string): string {
  const forms = [`\0${user}\0${password}`, password ?? ''].flatMap((secret) => [
    Buffer.from(secret).toString('base64'),
    secret,
  ]);
  const redact = redactorOf(password === null ? [] : forms);
  const line = redact(answer)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return [...line].slice(0, QUOTED_CHARACTERS).join('');
}

function refused(error: string): SendResult {
  return { type: 'refused', error };
}

function retry(error: string): SendResult {
  return { type: 'retry', afterMs: null, error };
}
