// Tries witnesses while nothing fails: a wrong one would show in an outage only, when it makes the hub take itself for blind.
// Whether the hub can see is left to sight.ts; this raises nothing, it only says which of them don't answer.
import type { Clock } from '@guardia/kernel';
import { answersInTime, canConnect } from './reach.ts';
import type { HubSight } from './sight.ts';

const EVERY_MS = 300_000;
/** At three tries in a row, of which the third may come a little early. */
const TOLD_AFTER_MS = 540_000;

export interface WitnessWatchOptions {
  readonly clock: Clock;
  /** Addresses (`host:port`); may be none. */
  witnesses(): readonly string[];
  readonly sight: Pick<HubSight, 'isBlind' | 'sawAtMono'>;
  readonly warn: (text: string) => void;
}

/** A witness that doesn't answer. */
interface Silent {
  /** Since which try, on the monotonic clock. */
  readonly sinceMono: number;
  readonly isTold: boolean;
}

export class WitnessWatch {
  readonly #options: WitnessWatchOptions;
  readonly #stopping = new AbortController();
  #silent: ReadonlyMap<string, Silent> = new Map();
  #looking: Promise<void> = Promise.resolve();
  #cancelTimer = (): void => {};

  constructor(options: WitnessWatchOptions) {
    this.#options = options;
  }

  /** Which witnesses are told not to answer, in one sentence; null while none is. */
  get message(): string | null {
    const told = [...this.#silent].filter(([, { isTold }]) => isTold).map(([address]) => address);
    return told.length === 0 ? null : `no connection is taken by ${told.join(', ')}, though targets answer`;
  }

  /** Tries all of them now, and from then on every five minutes. To be called whenever others may be configured. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookNow());
    return this.#looking;
  }

  /** Ends what is under way; safe twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTimer();
    await this.#looking;
  }

  async #lookNow(): Promise<void> {
    const { clock, witnesses } = this.#options;
    const { signal } = this.#stopping;
    this.#cancelTimer();
    const tried = [...new Set(witnesses())].map(async (address) => {
      const ask = (until: AbortSignal): Promise<boolean> => canConnect(address, until);
      return { address, answered: await answersInTime(ask, { clock, stopping: signal }) };
    });
    const answers = await Promise.all(tried);
    if (signal.aborted) return;
    this.#note(answers);
    if (answers.length > 0) this.#cancelTimer = clock.after(EVERY_MS, () => void this.look());
  }

  #note(answers: readonly { readonly address: string; readonly answered: boolean }[]): void {
    const nowMono = this.#options.clock.mono();
    const silent = answers.filter(({ answered }) => !answered);
    const judged = silent.map(({ address }) => {
      const known = this.#silent.get(address) ?? { sinceMono: nowMono, isTold: false };
      return [address, this.#judge(address, known, nowMono)] as const;
    });
    this.#silent = new Map(judged);
  }

  /** What a blind hub tries says nothing, and what is silent then is counted anew once it sees. */
  #judge(address: string, known: Silent, nowMono: number): Silent {
    const { sight, warn } = this.#options;
    if (known.isTold) return known;
    if (sight.isBlind) return { sinceMono: nowMono, isTold: false };
    if (nowMono - known.sinceMono < TOLD_AFTER_MS || sight.sawAtMono < known.sinceMono) return known;
    warn(
      `the witness ${address} has taken no connection for 10 minutes, though targets answer: where no other does, a real ` +
        'failure would be taken for blindness, and nobody would be paged. See that it runs, or correct witnesses in the ' +
        'configuration',
    );
    return { ...known, isTold: true };
  }
}
