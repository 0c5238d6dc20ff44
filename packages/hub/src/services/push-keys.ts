// The tokens with which programs report, kept as digests only. What a report amounts to is push-monitor.ts's.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServiceConfig, TargetId } from '@guardia/model';

export class PushKeys {
  readonly #digests = new Map<TargetId, Buffer>();

  /** Takes the token of a service; of one that doesn't report there is none. */
  set(id: TargetId, { check }: ServiceConfig): void {
    if (check.type === 'push') this.#digests.set(id, digest(check.token));
    else this.#digests.delete(id);
  }

  delete(id: TargetId): void {
    this.#digests.delete(id);
  }

  /** Whose token this is. Takes the same time whichever token it resembles and whether it is known: digests of equal
   *  length are compared with all that are known, without an early end. */
  find(token: string): TargetId | undefined {
    const wanted = digest(token);
    let found: TargetId | undefined;
    for (const [id, known] of this.#digests) if (timingSafeEqual(known, wanted)) found = id;
    return found;
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
