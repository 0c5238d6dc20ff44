// Quotes what a service sent, for error texts: short, on one line, and without the secrets that were sent to it.
// Which texts are quoted is expectations.ts's.
import type { HttpCheckSpec } from '@guardia/model';

const MAX_CHARACTERS = 100;
/** Shorter ones are no secrets, and hiding them would make texts unreadable. */
const MIN_SECRET_CHARACTERS = 4;
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
  const parts = [...values, ...values.flatMap((value) => value.split(/[\s;=,]+/)), ...searchParams.values()];
  return [...parts, body ?? '', decodeURIComponent(username), decodeURIComponent(password)]
    .filter((part) => part.length >= MIN_SECRET_CHARACTERS)
    .sort((a, b) => b.length - a.length);
}
