// The tokens with which programs report, kept as digests only. What a report amounts to is push-monitor.ts's.
import { createHmac, randomBytes } from 'node:crypto';
import type { ServiceConfig, TargetId } from '@guardia/model';

export class PushKeys {
  /** Nobody outside knows it, so that the time which a look-up takes tells nothing of any token. */
  readonly #key = randomBytes(32);
  readonly #targets = new Map<string, TargetId>();
  readonly #digests = new Map<TargetId, string>();

  /** Takes the token of a service; of one that doesn't report there is none. */
  set(id: TargetId, { check }: ServiceConfig): void {
    this.delete(id);
    if (check.type !== 'push') return;
    const digest = this.#digest(check.token);
    this.#digests.set(id, digest);
    this.#targets.set(digest, id);
  }

  delete(id: TargetId): void {
    const digest = this.#digests.get(id);
    this.#digests.delete(id);
    // Another service may have taken the token over meanwhile.
    if (digest !== undefined && this.#targets.get(digest) === id) this.#targets.delete(digest);
  }

  /** Whose token this is. */
  find(token: string): TargetId | undefined {
    return this.#targets.get(this.#digest(token));
  }

  #digest(token: string): string {
    return createHmac('sha256', this.#key).update(token).digest('base64');
  }
}
