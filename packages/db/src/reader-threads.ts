// Read-only threads beside the writer of a file: few, started when they are needed, ended when nobody needs them. What
// they read is the caller's business; what happens to the file for good, the writer finds out.
import type { Statement, RunResult } from './worker/statements.ts';
import type { StateOperations } from './worker/state-handlers.ts';
import type { Link } from './worker-link.ts';

/** The little of a clock that is needed here. `after` calls once and answers what cancels it. */
export interface Timer {
  after(ms: number, call: () => void): () => void;
}

export interface ReaderThreadsOptions {
  readonly path: string;
  /** At most this many at a time; 1 to 4. */
  readonly max: number;
  readonly timer: Timer;
  readonly start: () => Link<StateOperations>;
}

/** How long a thread without work is kept. */
const IDLE_MS = 60_000;

interface Thread {
  readonly link: Link<StateOperations>;
  readonly opened: Promise<unknown>;
  underWay: number;
  cancelEnd: () => void;
}

export class ReaderThreads {
  readonly #options: ReaderThreadsOptions;
  readonly #threads = new Set<Thread>();

  constructor(options: ReaderThreadsOptions) {
    this.#options = options;
  }

  /** Runs it on a thread without work, or on a new one, or where the fewest wait. Rejects with DatabaseError. */
  async run(statement: Statement): Promise<RunResult> {
    const thread = this.#choose();
    thread.cancelEnd();
    thread.underWay += 1;
    try {
      // Sent at once, so that an end that is asked for meanwhile comes after it.
      const answer = thread.link.request('run', statement);
      const [, result] = await Promise.all([thread.opened, answer]);
      return result;
    } finally {
      thread.underWay -= 1;
      if (thread.underWay === 0 && this.#threads.has(thread)) this.#endLater(thread);
    }
  }

  /** Ends all of them after what is under way. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)));
  }

  #choose(): Thread {
    const [best] = [...this.#threads].sort((a, b) => a.underWay - b.underWay);
    if (best === undefined) return this.#start();
    return best.underWay === 0 || this.#threads.size >= this.#options.max ? best : this.#start();
  }

  #start(): Thread {
    const link = this.#options.start();
    const opened = link.request('openReadOnly', this.#options.path);
    const thread: Thread = { link, opened, underWay: 0, cancelEnd: () => undefined };
    this.#threads.add(thread);
    // The next statement gets a new thread; those under way are told why theirs ended.
    link.onFailure(() => void this.#end(thread));
    opened.catch(() => this.#end(thread));
    return thread;
  }

  #endLater(thread: Thread): void {
    thread.cancelEnd = this.#options.timer.after(IDLE_MS, () => void this.#end(thread));
  }

  async #end(thread: Thread): Promise<void> {
    thread.cancelEnd();
    this.#threads.delete(thread);
    await thread.link.close();
  }
}
