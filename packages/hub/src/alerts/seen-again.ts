// Which alerts say nothing yet of how their targets are now: those that nobody has looked at since this life of the hub
// began, or since their parent is well. What waits for that, and who tells it then, is judge.ts's.
import type { Alert, EpochMs } from '@guardia/model';
import type { AlertRecord } from './record.ts';

/** How long an alert that fires waits to be seen again, for nobody may look any more. Milliseconds. */
export const SEEN_AGAIN_MS = 300_000;

export class SeenAgain {
  /** Ids of those that fired when this life began. One that ended stays among them, which means nothing. */
  readonly #unseen: Set<string>;
  /** Of those that a parent held, when that was found to be over; by id. */
  readonly #freedAt = new Map<string, EpochMs>();
  /** When time was first told in this life; null before. */
  #beganAt: EpochMs | null = null;

  /** @param restored what was pending or fired before this life */
  constructor(restored: readonly AlertRecord[]) {
    this.#unseen = new Set(restored.flatMap(({ alert }) => (alert.state === 'firing' ? [alert.id] : [])));
  }

  /** Time passes; a wall clock that jumps ends the wait. */
  tick(now: EpochMs): void {
    this.#beganAt ??= now;
    if (!isRecent(this.#beganAt, now)) this.#unseen.clear();
  }

  /** Its condition was found to hold. */
  saw({ id }: Alert): void {
    this.#unseen.delete(id);
  }

  /** Whether it fired before this life, and wasn't seen in it yet. */
  isUnseen({ id }: Alert): boolean {
    return this.#unseen.has(id);
  }

  /** Whether one that nothing holds any more has to be seen first. A child that failed while its parent did says nothing of
   *  how it is now, even if it was seen meanwhile. */
  waits(alert: Alert, now: EpochMs): boolean {
    if (alert.state !== 'firing') return false;
    const isFreed = alert.held?.reason === 'parent' && isRecent(this.#freed(alert, now), now);
    return isFreed || this.isUnseen(alert);
  }

  /** It is held again, or no more: the wait for its parent's sake is over. */
  forget({ id }: Alert): void {
    this.#freedAt.delete(id);
  }

  #freed({ id }: Alert, now: EpochMs): EpochMs {
    const freedAt = this.#freedAt.get(id) ?? now;
    this.#freedAt.set(id, freedAt);
    return freedAt;
  }
}

function isRecent(time: EpochMs, now: EpochMs): boolean {
  return Math.abs(now - time) < SEEN_AGAIN_MS;
}
