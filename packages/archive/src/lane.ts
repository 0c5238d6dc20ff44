// One thing after another: DuckDB's connections take one question at a time. What is done is the caller's.

export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work once all earlier work has ended, whatever came of it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when all work given so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
