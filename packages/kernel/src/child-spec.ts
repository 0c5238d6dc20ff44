// What supervisors are told and asked: the description of a child, their options, their protocol.
// The supervisor itself is in supervisor.ts, its work on children in tier.ts.

import type { Call } from './messages.ts';
import type { Backoff, Intensity } from './restart-limit.ts';
import type { ActorState } from './status.ts';
import type { AnyDef, AnyRef, MailboxPolicy } from './types.ts';

/** What a child is made of. `childOf` checks that definition and arguments fit. */
export interface ChildStart {
  readonly def: AnyDef;
  readonly args?: unknown;
  readonly mailbox?: MailboxPolicy;
}

export interface ChildSpec {
  /** Unique under the supervisor; the last part of the path. */
  readonly id: string;
  /** Registered for `whereIs`, unique in the system. */
  readonly name?: string;
  /** Called for each life, so that a restart can take fresh arguments. */
  start(): ChildStart;
  /**
   * `permanent`: starts again whatever the reason. `transient`: after an abnormal end (error, killed).
   * `temporary`: never, and is forgotten. @default 'permanent'
   */
  readonly restart?: 'permanent' | 'transient' | 'temporary';
  /** Time for an orderly stop, milliseconds. @default the definition's shutdownMs: 5_000, Infinity for supervisors */
  readonly shutdownMs?: number;
}

export interface SupervisorOptions {
  /** For paths and status. @default 'supervisor' */
  readonly kind?: string;
  /**
   * Who starts again when one child does: itself, all, or itself and those started after it. @default 'one_for_one'
   */
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly intensity?: Intensity;
  /** @default restarts are immediate */
  readonly backoff?: Backoff;
  /** Started in this order with each life of the supervisor. Children added by StartChild end with that life. */
  readonly children: readonly ChildSpec[];
}

export interface ChildInfo {
  readonly id: string;
  readonly kind: string;
  readonly ref: AnyRef;
  readonly state: ActorState;
  readonly restarts: number;
}

/** What a supervisor can be asked. */
export interface SupervisorProtocol {
  /** Starts one more child and answers with its reference. Rejects with NameRefused or InitFailed. */
  StartChild: Call<{ readonly spec: ChildSpec }, AnyRef>;
  /** Stops a child for good and forgets it; not counted as a failure. False when there is no such child. */
  StopChild: Call<{ readonly id: string }, boolean>;
  /** Stops a child and starts it again in place; not counted as a failure. Rejects with NoSuchChild. */
  RestartChild: Call<{ readonly id: string }, AnyRef>;
  /** The children in the order of their start. */
  WhichChildren: Call<object, readonly ChildInfo[]>;
}
