// The name of a PostgreSQL database as people may see it: where it is, without who asks and with which password.
// How it is reached is left to `pg`, which reads the same URL.
import { DatabaseError } from '../errors.ts';

const DEFAULT_PORT = '5432';

/** @returns `postgres://host:port/database`
 *  @throws {DatabaseError} DATABASE_REFUSED when it isn't such a URL; the message doesn't repeat it */
export function postgresAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    const message = 'storage.url is not of the form postgres://user:password@host/name';
    throw new DatabaseError('postgres', { code: 'DATABASE_REFUSED', message, sqliteCode: null });
  }
  const host = parsed.searchParams.get('host') ?? parsed.hostname;
  return `postgres://${host || 'localhost'}:${parsed.port || DEFAULT_PORT}${parsed.pathname}`;
}
