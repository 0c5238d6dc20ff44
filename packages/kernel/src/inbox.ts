// The receiving side of an actor and therefore its reference: tell, send and ask.
// Running what was received is left to runner.ts.

import { Ask, Envelope } from './ask.ts';
import { ActorStopped, MailboxFull } from './errors.ts';
import type { Runnable } from './executor.ts';
import { causeOf, type Host } from './host.ts';
import { ACCEPTED, Mailbox, type Policy, REFUSED, type Waiter } from './mailbox.ts';
import type { AnyRef, AskOptions, DeadLetter, ExitReason, SendOptions } from './types.ts';

const DEFAULT_ASK_MS = 5000;

/** Any message, as the kernel sees it. */
export interface AnyMessage {
  readonly type: string;
}

export abstract class Inbox implements AnyRef, Runnable {
  readonly host: Host;
  readonly mailbox: Mailbox;
  incarnation = 1;
  lateReplies = 0;
  expired = 0;
  /** Why the latest life ended. */
  lifeReason: ExitReason | undefined = undefined;
  /** Whether new messages are let in. */
  protected accepting = true;
  /** A turn has been asked for. */
  protected scheduled = false;
  /** No message may run: a hook's promise is pending, or there is no life. */
  protected blocked = true;

  constructor(host: Host, policy: Policy) {
    this.host = host;
    this.mailbox = new Mailbox(policy);
  }

  abstract get path(): string;
  abstract get alive(): boolean;
  abstract run(max: number): number;
  abstract spent(ms: number): void;

  tell(m: AnyMessage): boolean {
    if (this.accepting) return this.deliver(m);
    this.discard(m, 'stopped');
    return false;
  }

  send(m: AnyMessage, options?: SendOptions): Promise<void> | undefined {
    if (!this.accepting) return Promise.reject(this.stoppedError());
    const { mailbox } = this;
    if (mailbox.policy.overflow === 'reject' && mailbox.size >= mailbox.policy.capacity) {
      return this.#sendLater(m, options?.signal);
    }
    this.deliver(m);
    return undefined;
  }

  ask(m: AnyMessage, options?: AskOptions): Promise<unknown> {
    return this.request(m, options, undefined);
  }

  /** An ask that tells `onSettled` when it is over. */
  request(
    m: AnyMessage,
    options: AskOptions | undefined,
    onSettled: (() => void) | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ask = new Ask(m, this, resolve, reject);
      ask.onSettled = onSettled;
      if (options?.signal !== undefined) abortWith(ask, options.signal);
      if (!this.accepting) ask.fail(this.stoppedError());
      if (ask.settled) return;
      this.host.deadlines.watch(ask, options?.timeoutMs ?? DEFAULT_ASK_MS);
      this.deliver(ask);
    });
  }

  /** Puts in a message of the actor's own making; without room it waits in line, and nobody awaits it. */
  post(item: AnyMessage | Envelope): void {
    const { mailbox } = this;
    if (!this.accepting) this.discard(item, 'stopped');
    else if (mailbox.policy.overflow === 'reject' && mailbox.size >= mailbox.policy.capacity) {
      mailbox.wait({ item, accepted: () => {}, refused: () => this.discard(item, 'stopped') });
    } else this.deliver(item);
  }

  /** Asks for a turn unless one is outstanding or would be in vain. */
  wake(): void {
    if (this.scheduled || this.blocked) return;
    this.scheduled = true;
    this.host.executor.ready(this);
  }

  toString(): string {
    return this.path;
  }

  toJSON(): string {
    return this.path;
  }

  protected deliver(item: unknown): boolean {
    const outcome = this.mailbox.offer(item);
    if (outcome === ACCEPTED) {
      this.wake();
      return true;
    }
    if (outcome === REFUSED) {
      this.discard(item, this.mailbox.policy.overflow === 'reject' ? 'full' : 'dropped');
      return false;
    }
    this.discard(outcome, 'dropped');
    return true;
  }

  /** Lets no more messages in and turns the line of senders away. */
  protected close(): void {
    this.accepting = false;
    // Making an error is dear, and almost always nobody waits.
    if (this.mailbox.waiting > 0) this.mailbox.refuseWaiters(this.stoppedError());
  }

  /** Empties the mailbox: askers are told, other messages become dead letters. */
  protected empty(why: DeadLetter['why']): void {
    for (let item = this.mailbox.take(); item !== undefined; item = this.mailbox.take())
      this.discard(item, why);
  }

  protected discard(item: unknown, why: DeadLetter['why']): void {
    if (item instanceof Envelope) item.fail(this.#undelivered(why));
    else this.host.deadLetter({ path: this.path, message: item, why });
  }

  protected stoppedError(): ActorStopped {
    const why = this.lifeReason === undefined ? 'is stopping' : `has ended (${this.lifeReason.type})`;
    return new ActorStopped(this.path, why, causeOf(this.lifeReason));
  }

  #undelivered(why: DeadLetter['why']): Error {
    return why === 'stopped' ? this.stoppedError() : new MailboxFull(this.path, this.mailbox.policy.capacity);
  }

  #sendLater(item: AnyMessage, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.mailbox.leave(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        item,
        accepted: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
        refused: (error) => {
          signal?.removeEventListener('abort', leave);
          reject(error);
        },
      };
      signal?.addEventListener('abort', leave);
      this.mailbox.wait(waiter);
    });
  }
}

/** Fails the ask when the signal aborts, and lets go of the signal when the ask is over. */
function abortWith(ask: Ask, signal: AbortSignal): void {
  const abort = (): void => ask.fail(signal.reason);
  const before = ask.onSettled;
  ask.onSettled = () => {
    signal.removeEventListener('abort', abort);
    before?.();
  };
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
}
