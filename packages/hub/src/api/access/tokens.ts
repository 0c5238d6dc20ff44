// The bearer tokens that are accepted, kept as digests only. Where a token comes from in a request, and what
// its scopes allow, is for access-control.ts.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiToken } from '@guardia/model';
import type { Caller } from './scope.ts';

interface KnownToken {
  readonly digest: Buffer;
  readonly caller: Caller;
}

/** The configured tokens. */
export class Tokens {
  readonly #known: readonly KnownToken[];

  constructor(tokens: readonly ApiToken[]) {
    this.#known = tokens.map(({ name, token, scopes }) => ({
      digest: digest(token),
      caller: { name, scopes },
    }));
  }

  get none(): boolean {
    return this.#known.length === 0;
  }

  /** Whose token this is. Takes the same time whichever token it resembles and whether it is known: digests of
   *  equal length are compared with all that are known, without an early end. */
  find(presented: string): Caller | undefined {
    const wanted = digest(presented);
    let found: Caller | undefined;
    for (const known of this.#known) {
      if (timingSafeEqual(known.digest, wanted)) found = known.caller;
    }
    return found;
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
