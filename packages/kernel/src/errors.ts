// What can go wrong between actors: one class per case, each with a stable code and the actor's path.
// The kernel imports nothing of ours, so these extend Error and not the product's base class.

/** Base of the kernel's errors. */
export abstract class KernelError extends Error {
  abstract readonly code: string;
  /** Whether trying again later can help. */
  readonly retryable: boolean = false;
  /** The actor concerned, for example `/collectors/web-1`. */
  readonly path: string;

  constructor(path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.path = path;
  }
}

/** A bounded mailbox had no room for an ask. */
export class MailboxFull extends KernelError {
  readonly code = 'MAILBOX_FULL';
  override readonly retryable = true;

  constructor(path: string, capacity: number) {
    super(
      path,
      `${path}: mailbox full, capacity ${capacity}; ask again later or use send, which waits for room`,
    );
  }
}

/** No reply within the ask's time-out. */
export class AskTimeout extends KernelError {
  readonly code = 'ASK_TIMEOUT';
  override readonly retryable = true;

  constructor(path: string, type: string, timeoutMs: number) {
    super(path, `${path}: no reply to ${type} within timeoutMs ${timeoutMs}`);
  }
}

/** The actor has ended, or ended before it could answer. `cause` is its error when it had one. */
export class ActorStopped extends KernelError {
  readonly code = 'ACTOR_STOPPED';

  constructor(path: string, why: string, cause?: unknown) {
    super(path, `${path}: ${why}`, cause);
  }
}

/** The handler of this ask failed; `cause` is what it threw. */
export class ActorFailed extends KernelError {
  readonly code = 'ACTOR_FAILED';

  constructor(path: string, type: string, cause: unknown) {
    super(path, `${path}: failed while handling ${type}: ${messageOf(cause)}`, cause);
  }
}

/** An actor asked, through others or directly, itself: nobody could ever answer. */
export class AskCycle extends KernelError {
  readonly code = 'ASK_CYCLE';

  constructor(paths: readonly string[]) {
    super(paths[0] ?? '', `ask cycle: ${paths.join(' -> ')}; tell one of them instead, or reply later`);
  }
}

/** `init` failed; `cause` is what it threw. Goes to the spawner. */
export class InitFailed extends KernelError {
  readonly code = 'INIT_FAILED';

  constructor(path: string, cause: unknown) {
    super(path, `${path}: init failed: ${messageOf(cause)}`, cause);
  }
}

/** The name or child id is in use by a living actor, or can't be one. */
export class NameRefused extends KernelError {
  readonly code = 'NAME_REFUSED';
}

/** Something of an ended life used its context. */
export class ContextEnded extends KernelError {
  readonly code = 'CONTEXT_ENDED';

  constructor(path: string) {
    super(path, `${path}: this context belongs to a life that has ended; a new life has its own`);
  }
}

/** A linked actor ended abnormally. */
export class LinkedExit extends KernelError {
  readonly code = 'LINKED_EXIT';

  constructor(path: string, from: string, cause: unknown) {
    super(path, `${path}: linked actor ${from} ended abnormally`, cause);
  }
}

/** A supervisor gave up; `cause` is the last failure. */
export class RestartsSpent extends KernelError {
  readonly code = 'RESTARTS_SPENT';

  constructor(path: string, child: string, limit: { max: number; withinMs: number }, cause: unknown) {
    super(
      path,
      `${path}: child ${child} needs one restart more than intensity.max ${limit.max} within withinMs ${limit.withinMs}`,
      cause,
    );
  }
}

/** A restart was wanted for an actor that nobody supervises. */
export class NotSupervised extends KernelError {
  readonly code = 'NOT_SUPERVISED';
}

/** A supervisor was asked about a child that it doesn't have. */
export class NoSuchChild extends KernelError {
  readonly code = 'NO_SUCH_CHILD';

  constructor(path: string, id: string) {
    super(path, `${path}: no child ${id}; WhichChildren lists them`);
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
