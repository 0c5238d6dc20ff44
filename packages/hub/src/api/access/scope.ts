// Who may do what: the order of the scopes, and what a route must declare. Recognising a caller is for
// access-control.ts.
import type { Scope } from '@guardia/model';

/** What a route asks of its caller. `open` is for everyone; each scope includes the ones before it. */
export type Access = 'open' | Scope;

/** Somebody who was recognised. */
export interface Caller {
  /** Name of the token, or `loopback` where no token is configured. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

const RANK: Readonly<Record<Access, number>> = { open: 0, read: 1, operate: 2, admin: 3 };

/** Whether these scopes allow `access`, by the order read < operate < admin. */
export function allows(scopes: readonly Scope[], access: Access): boolean {
  return access === 'open' || scopes.some((scope) => RANK[scope] >= RANK[access]);
}
