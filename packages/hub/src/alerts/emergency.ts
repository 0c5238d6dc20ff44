// The way out when Guardia can't write: tells every notifier once that alerts are no longer recorded, past the outbox,
// which lives in the very database that failed. Noticing the failure belongs to whoever holds the database.
import type { Clock } from '@guardia/kernel';
import { type Alert, newId } from '@guardia/model';
import { attempt } from './attempt.ts';
import type { Message, Notifier } from './notifiers/notifier.ts';

export interface EmergencyDeps {
  readonly clock: Clock;
  /** Those configured now. */
  readonly notifiers: () => readonly Notifier[];
  /** Told of a notifier that could not be told; the text holds no secret. */
  readonly failed: (notifier: string, error: string) => void;
}

/** How long nothing is said again. Milliseconds. */
const QUIET_MS = 3_600_000;

export class Emergency {
  readonly #deps: EmergencyDeps;
  #telling: Promise<void> = Promise.resolve();
  #toldAtMono = Number.NEGATIVE_INFINITY;

  constructor(deps: EmergencyDeps) {
    this.#deps = deps;
  }

  /** Tells each notifier, at most once an hour, whatever fails meanwhile; there is no second attempt.
   *  Resolves when all were told or gave up, 15 s at the most. Never rejects. */
  tell(error: Error, signal: AbortSignal): Promise<void> {
    const nowMono = this.#deps.clock.mono();
    if (nowMono - this.#toldAtMono < QUIET_MS) return this.#telling;
    this.#toldAtMono = nowMono;
    this.#telling = this.#tellAll(error, signal);
    return this.#telling;
  }

  async #tellAll(error: Error, signal: AbortSignal): Promise<void> {
    const notifiers = this.#deps.notifiers();
    const message = this.#message(error, notifiers);
    await Promise.all(notifiers.map((notifier) => this.#tellOne(notifier, message, signal)));
  }

  async #tellOne(notifier: Notifier, message: Message, signal: AbortSignal): Promise<void> {
    const result = await attempt(notifier, message, { clock: this.#deps.clock, signal });
    if (result.type === 'cut') this.#deps.failed(notifier.name, 'stopped before there was an answer');
    else if (result.type !== 'delivered') this.#deps.failed(notifier.name, result.error);
  }

  /** Of the hub itself: it is the target that can't do its work any more. */
  #message(error: Error, notifiers: readonly Notifier[]): Message {
    const at = this.#deps.clock.wall();
    const id = newId('alt');
    const alert: Alert = {
      id,
      targetId: 'hub',
      targetName: 'Guardia',
      rule: 'storage',
      instance: '',
      state: 'firing',
      severity: 'critical',
      value: null,
      limit: null,
      unit: '',
      summary: `Guardia can't write its database: alerts are neither recorded nor sent until that is mended. ${error.message}`,
      violations: 1,
      pendingSince: at,
      firedAt: at,
      resolvedAt: null,
      notifiers: notifiers.map(({ name }) => name),
      group: '',
      tags: [],
      acknowledged: null,
      held: null,
    };
    const dedupeKey = `${id}:firing`;
    return { dedupeKey, notices: [{ kind: 'firing', alert, address: 'this hub', at, dedupeKey }] };
  }
}
