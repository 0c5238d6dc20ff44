// The base of every error that Guardia raises on purpose: a stable code for programs, a sentence for people.

export interface GuardiaErrorOptions {
  /** What caused it, kept for the log. */
  cause?: unknown;
}

/** An error with a stable code. Subclasses set `code` and say whether trying again can help. */
export abstract class GuardiaError extends Error {
  abstract readonly code: string;
  readonly retryable: boolean = false;

  constructor(message: string, options: GuardiaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
  }
}
