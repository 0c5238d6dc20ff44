// What can be seen of actors from outside, as plain data.
// The numbers are kept by cell.ts; how they are shown is up to whoever asks.

/** `restarting` covers the wait for a supervisor's decision and its back-off. */
export type ActorState = 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped';

export interface MailboxStatus {
  /** Messages waiting now. */
  readonly depth: number;
  /** Infinity when unbounded. */
  readonly capacity: number;
  /** The deepest it has been. */
  readonly highWater: number;
  /** Senders waiting for room. */
  readonly waiting: number;
  /** Messages refused or dropped for lack of room. */
  readonly rejected: number;
}

export interface LagStatus {
  readonly bus: string;
  /** Events published and not yet taken. */
  readonly behind: number;
  /** Events lost so far. */
  readonly missed: number;
}

export interface ErrorStatus {
  readonly message: string;
  /** Wall time, milliseconds since 1970. */
  readonly at: number;
}

export interface ActorStatus {
  readonly path: string;
  readonly kind: string;
  /** The registered name, if any. */
  readonly name: string | undefined;
  readonly state: ActorState;
  readonly incarnation: number;
  readonly restarts: number;
  readonly mailbox: MailboxStatus;
  /** Messages handled to the end, over all lives. */
  readonly processed: number;
  readonly failures: number;
  /** Replies that came when the asker had given up. */
  readonly lateReplies: number;
  /** Asks whose time was over before they were run. */
  readonly expired: number;
  readonly skippedTicks: number;
  /** Time in handlers, milliseconds: exact where a promise was awaited, sampled otherwise. */
  readonly busyMs: number;
  /** The type of the message (or name of the hook) being handled. */
  readonly busyWith: string | undefined;
  readonly lag: readonly LagStatus[];
  readonly lastError: ErrorStatus | undefined;
  /** In the order in which they were started. */
  readonly children: readonly ActorStatus[];
}

export interface SystemStatus {
  /** Actors alive. */
  readonly count: number;
  /** Messages that reached nobody so far. */
  readonly deadLetters: number;
  readonly upMs: number;
  /** The root's children, in the order in which they were started. */
  readonly actors: readonly ActorStatus[];
}
