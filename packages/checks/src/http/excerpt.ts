// Quotes what a service sent, for error texts: short, on one line, and without the secrets that were sent to it.
// Which texts are quoted is expectations.ts's.
import type { HttpCheckSpec } from '@guardia/model';

const MAX_CHARACTERS = 100;
/** Shorter ones are no secrets, and hiding them would make texts unreadable. */
const MIN_SECRET_CHARACTERS = 4;
const MIN_WORD_CHARACTERS = 6;
/** Answer headers that hand out secrets. */
const SECRET_HEADER = /cookie|auth|token|key|secret|session/;

/** Makes the quoting for one check: what it sends may come back in the answer. */
export function excerptOf(spec: HttpCheckSpec): (text: string) => string {
  const secrets = secretsOf(spec);
  return (text) => {
    const safe = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
    const isLong = safe.length > MAX_CHARACTERS;
    return `${JSON.stringify(safe.slice(0, MAX_CHARACTERS))}${isLong ? '…' : ''}`;
  };
}

export function isSecretHeader(name: string): boolean {
  return SECRET_HEADER.test(name);
}

/** Longest first, so that none leaves a part of another. */
function secretsOf({ headers, body, url }: HttpCheckSpec): string[] {
  const { username, password, searchParams } = new URL(url);
  const values = Object.values(headers);
  const words = values.flatMap((value) => value.split(/[\s;=,]+/));
  const parts = [...values, ...words, ...values.map(passwordOf), ...searchParams.values()];
  return [...parts, ...wordsOf(body ?? ''), decodeURIComponent(username), decodeURIComponent(password)]
    .filter((part) => part.length >= MIN_SECRET_CHARACTERS)
    .sort((a, b) => b.length - a.length);
}

/** Of credentials as `Basic` has them; none of other headers. */
function passwordOf(value: string): string {
  const encoded = /^Basic +(\S+)$/i.exec(value)?.[1] ?? '';
  const credentials = Buffer.from(encoded, 'base64').toString();
  return credentials.slice(credentials.indexOf(':') + 1);
}

/** A body, and what a form or JSON would hold of it; short words are names rather. */
function wordsOf(body: string): string[] {
  const words = body.split(/[\s"'=&:,;{}[\]<>]+/).filter((word) => word.length >= MIN_WORD_CHARACTERS);
  return [body, ...words];
}
