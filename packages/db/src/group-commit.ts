// Collects batches while one group is on its way to the disk, and sends them as the next group. What a batch
// holds and how it is run is left to the worker.
import type { Fault } from './worker/fault.ts';
import type { BatchResult, RunResult, Statement } from './worker/statements.ts';

interface Waiting {
  readonly batch: readonly Statement[];
  resolve(results: readonly RunResult[]): void;
  reject(error: unknown): void;
}

/** At most this many batches share one transaction, so that one answer never waits for hundreds. */
const GROUP_LIMIT = 64;

/** One disk write for all batches that wait: a FULL commit takes about a millisecond, however much it holds. */
export class GroupCommit {
  readonly #send: (batches: readonly (readonly Statement[])[]) => Promise<readonly BatchResult[]>;
  readonly #toError: (fault: Fault) => Error;
  readonly #queue: Waiting[] = [];
  #busy: Promise<void> | undefined;

  constructor(
    send: (batches: readonly (readonly Statement[])[]) => Promise<readonly BatchResult[]>,
    toError: (fault: Fault) => Error,
  ) {
    this.#send = send;
    this.#toError = toError;
  }

  run(batch: readonly Statement[]): Promise<readonly RunResult[]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, resolve, reject });
      this.#busy ??= this.#drain();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy;
  }

  async #drain(): Promise<void> {
    // One turn later, so that what the same handler sends shares the first group too.
    await undefined;
    while (this.#queue.length > 0) await this.#runGroup(this.#queue.splice(0, GROUP_LIMIT));
    this.#busy = undefined;
  }

  async #runGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.#send(group.map((waiting) => waiting.batch));
      group.forEach((waiting, i) => {
        const answer = answers[i]!;
        if ('fault' in answer) waiting.reject(this.#toError(answer.fault));
        else waiting.resolve(answer.results);
      });
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
    }
  }
}
