// Looks every few seconds which silences, mutes and maintenance began or ended by themselves, so that it is on the time
// line and in the history. What is found, written and told is for silences.ts and maintenance-times.ts.
import type { Clock } from '@guardia/kernel';
import type { Logger } from 'pino';
import type { MaintenanceTimes } from './maintenance-times.ts';
import type { StoredSilences } from './silences.ts';

const LOOK_MS = 5_000;

export interface PlanWatchDeps {
  readonly clock: Clock;
  readonly silences: Pick<StoredSilences, 'look'>;
  readonly maintenance: Pick<MaintenanceTimes, 'look'>;
  readonly log: Pick<Logger, 'warn'>;
}

export class PlanWatch {
  readonly #deps: PlanWatchDeps;
  #cancel = (): void => {};
  #isStopped = false;
  #looking: Promise<void> = Promise.resolve();
  /** Whether the look before failed: a database that is busy for long is one line in the log. */
  #hasFailed = false;

  constructor(deps: PlanWatchDeps) {
    this.#deps = deps;
  }

  /** Begins to look; after the first configuration. */
  start(): void {
    this.#cancel = this.#deps.clock.after(LOOK_MS, () => {
      this.#looking = this.#look().then(() => {
        if (!this.#isStopped) this.start();
      });
    });
  }

  /** Complete when the look under way is. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { silences, maintenance, log } = this.#deps;
    try {
      silences.look();
      await maintenance.look();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed)
        log.warn({ err: error }, 'times of maintenance not kept; each next look tries again');
      this.#hasFailed = true;
    }
  }
}
