// What was opened is closed in reverse, each step by name, and one that fails keeps no other from its turn.

/** A stack of named steps. */
export class Teardown {
  readonly #steps: { readonly name: string; readonly close: () => Promise<void> }[] = [];

  add(name: string, close: () => Promise<void>): void {
    this.#steps.push({ name, close });
  }

  /** Runs and forgets all steps, newest first. Safe twice.
   *  @throws {AggregateError} afterwards, when steps failed; each error names its step */
  async run(): Promise<void> {
    const errors: Error[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.close();
      } catch (cause) {
        errors.push(new Error(`closing ${step.name} failed: ${(cause as Error).message}`, { cause }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map((e) => e.message).join('; '));
  }
}
