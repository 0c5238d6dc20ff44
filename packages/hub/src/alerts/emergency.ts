// The way out when Guardia can't write: tells every notifier that alerts are no longer recorded, and later that they are again,
// past the outbox, which lives in the very database that failed. Noticing either belongs to whoever holds the database.
import type { Cancel, Clock } from '@guardia/kernel';
import { type Alert, newId } from '@guardia/model';
import { attempt } from './attempt.ts';
import type { Message, Notice, Notifier } from './notifiers/notifier.ts';

export interface EmergencyDeps {
  readonly clock: Clock;
  /** Those configured now. */
  readonly notifiers: () => readonly Notifier[];
  /** Told of a notifier that could not be told; the text holds no secret. */
  readonly failed: (notifier: string, error: string) => void;
}

/** How long nothing is said again. Milliseconds. */
const QUIET_MS = 3_600_000;
/** How long nothing may have failed before it is said to be over. Milliseconds. */
const CALM_MS = 300_000;

const NOTHING_WRITTEN =
  "Guardia can't write its database: alerts are neither recorded nor sent until that is mended.";

/** What isn't over yet, and the names of those who know of it. */
interface Trouble {
  readonly alert: Alert;
  readonly told: Set<string>;
}

export class Emergency {
  readonly #deps: EmergencyDeps;
  readonly #stopped = new AbortController();
  #telling: Promise<void> = Promise.resolve();
  #toldAtMono = Number.NEGATIVE_INFINITY;
  #trouble: Trouble | null = null;
  #cancelEnd: Cancel | null = null;

  constructor(deps: EmergencyDeps) {
    this.#deps = deps;
  }

  /** Tells each notifier, at most once an hour, whatever fails meanwhile; there is no second attempt.
   *  Resolves when all were told or gave up, 15 s at the most. Never rejects.
   *  @param what sentence before what the error says. @default that nothing can be written */
  tell(error: Error, signal: AbortSignal, what = NOTHING_WRITTEN): Promise<void> {
    this.#postponeEnd();
    const { clock, notifiers } = this.#deps;
    if (clock.mono() - this.#toldAtMono < QUIET_MS) return this.#telling;
    this.#toldAtMono = clock.mono();
    const kind = this.#trouble === null ? 'firing' : 'reminder';
    this.#trouble ??= { alert: this.#alert(`${what} ${error.message}`), told: new Set() };
    this.#telling = this.#tellAll(notifiers(), { kind, ...this.#trouble }, signal);
    return this.#telling;
  }

  /** Something was written: unless writing fails again within five minutes, those who were told hear that it is over. */
  written(): void {
    if (this.#trouble === null || this.#cancelEnd !== null) return;
    this.#cancelEnd = this.#deps.clock.after(CALM_MS, () => void this.#end(this.#trouble!));
  }

  /** Says nothing any more, not even what it is saying. */
  stop(): void {
    this.#postponeEnd();
    this.#stopped.abort();
  }

  #postponeEnd(): void {
    this.#cancelEnd?.();
    this.#cancelEnd = null;
  }

  /** What fails from now on is another trouble. */
  async #end({ alert, told }: Trouble): Promise<void> {
    this.#cancelEnd = null;
    this.#trouble = null;
    this.#toldAtMono = Number.NEGATIVE_INFINITY;
    const summary = 'Guardia can write its database again: alerts are recorded and sent';
    const over: Alert = { ...alert, state: 'resolved', resolvedAt: this.#deps.clock.wall(), summary };
    const knowing = this.#deps.notifiers().filter(({ name }) => told.has(name));
    await this.#tellAll(knowing, { kind: 'resolved', alert: over, told }, this.#stopped.signal);
  }

  async #tellAll(
    notifiers: readonly Notifier[],
    { kind, alert, told }: Trouble & Pick<Notice, 'kind'>,
    signal: AbortSignal,
  ): Promise<void> {
    const at = this.#deps.clock.wall();
    const dedupeKey = kind === 'reminder' ? `${alert.id}:${kind}:${at}` : `${alert.id}:${kind}`;
    const message: Message = { dedupeKey, notices: [{ kind, alert, address: 'this hub', at, dedupeKey }] };
    await Promise.all(
      notifiers.map(async (notifier) => {
        if (await this.#tellOne(notifier, message, signal)) told.add(notifier.name);
      }),
    );
  }

  async #tellOne(notifier: Notifier, message: Message, signal: AbortSignal): Promise<boolean> {
    const result = await attempt(notifier, message, { clock: this.#deps.clock, signal });
    if (result.type === 'cut') this.#deps.failed(notifier.name, 'stopped before there was an answer');
    else if (result.type !== 'delivered') this.#deps.failed(notifier.name, result.error);
    return result.type === 'delivered';
  }

  /** Of the hub itself: it is the target that can't do its work any more. */
  #alert(summary: string): Alert {
    const at = this.#deps.clock.wall();
    return {
      id: newId('alt'),
      targetId: 'hub',
      targetName: 'Guardia',
      rule: 'storage',
      instance: '',
      state: 'firing',
      severity: 'critical',
      value: null,
      limit: null,
      unit: '',
      summary,
      violations: 1,
      pendingSince: at,
      firedAt: at,
      resolvedAt: null,
      notifiers: this.#deps.notifiers().map(({ name }) => name),
      group: '',
      tags: [],
      acknowledged: null,
      held: null,
    };
  }
}
