// One conversation over one fresh connection: connecting, TLS, sending, and reading a bounded amount until the deadline.
// What is said and what the answers are worth is for each check.
import { isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CheckContext } from '../check.ts';
import type { Deadline } from '../deadline.ts';
import { guardedLookup, guardHost } from '../guard/guard.ts';
import type { Phase } from '../network-failure.ts';
import { type ShownCertificate, shownCertificate } from './certificate.ts';
import { Inbox, MAX_BYTES } from './inbox.ts';
import type { Reader } from './part.ts';
import { quoted } from './quote.ts';

/** Whom to talk with. */
export interface DialogueTarget {
  readonly host: string;
  readonly port: number;
  readonly allowLinkLocal: boolean;
  readonly timeoutMs: number;
}

/** The service answered, but not so that it could be called there. The message is the check's error text. */
export class UnexpectedAnswer extends Error {}

/** The far side ended the conversation, or said too much. The message is the check's error text. */
export class BrokenDialogue extends Error {}

/** The deadline came. */
export class DialogueTimeout extends Error {}

export class Dialogue {
  phase: Phase = 'lookup';
  /** Of the far side, also when it isn't trusted; null without TLS. */
  certificate: ShownCertificate | null = null;
  /** `db.example:5432`, for error texts. */
  readonly address: string;
  readonly startedAt: number;
  /** How long each phase took that is over. */
  readonly tookMs: Partial<Record<Phase, number>> = {};
  readonly #target: DialogueTarget;
  readonly #context: CheckContext;
  readonly #deadline: Deadline;
  readonly #inbox = new Inbox();
  #socket: Socket | undefined;
  #phaseBeganAt: number;
  #isClosed = false;
  #holdsSecret = false;
  #error: unknown;
  #change = Promise.withResolvers<void>();

  constructor(target: DialogueTarget, context: CheckContext, deadline: Deadline) {
    const { host, port } = target;
    this.address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    this.startedAt = context.clock.mono();
    this.#phaseBeganAt = this.startedAt;
    this.#target = target;
    this.#context = context;
    this.#deadline = deadline;
  }

  get socket(): Socket {
    if (this.#socket === undefined) throw new Error('not connected yet');
    return this.#socket;
  }

  /** Finds the host and connects. */
  async connect(): Promise<void> {
    const { host, port, allowLinkLocal, timeoutMs } = this.#target;
    if (this.#deadline.over) throw new DialogueTimeout();
    guardHost(host, allowLinkLocal);
    this.phase = isIP(host) === 0 ? 'lookup' : 'connect';
    this.#deadline.signal.addEventListener('abort', this.#onAbort);
    const socket = new Socket().setNoDelay(true);
    socket.once('lookup', () => this.#enter('connect')).once('connect', () => this.#enter('answer'));
    this.#listen(socket);
    socket.connect({
      host,
      port,
      lookup: guardedLookup({ allowLinkLocal, lookup: this.#context.lookup }),
      // Node gives all but the last address of a name a quarter of a second each, too little for a far one.
      autoSelectFamilyAttemptTimeout: Math.max(250, Math.round(timeoutMs / 4)),
    });
    await this.#until('a connection', () => this.tookMs.connect);
  }

  /** Agrees on TLS over the connection, and shows the certificate.
   *  @throws {UntrustedCertificate} when it isn't trusted or is for another name */
  async secure(serverName: string): Promise<void> {
    if (this.#inbox.bytes.length > 0) throw this.unexpected('silence before TLS', this.#inbox.bytes);
    this.#enter('handshake');
    this.#unlisten(this.socket);
    const socket = connectTls({
      socket: this.socket,
      // Compared with the certificate; it is told to the far side only when it is a name, as RFC 6066 has it.
      host: serverName,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      // Refused below, before anything is sent: only so can an untrusted certificate be shown.
      rejectUnauthorized: false,
    });
    socket.once('secureConnect', () => this.#enter('answer'));
    this.#listen(socket);
    await this.#until('TLS', () => this.tookMs.handshake);
    this.certificate = shownCertificate(socket, serverName);
    if (this.certificate.fault !== null) throw this.certificate.fault;
  }

  /** Sends; whether it arrives shows in what is read after. */
  send(data: string | Buffer): void {
    this.socket.write(data, this.#wake);
  }

  /** Sends what nothing of the far side's is quoted after: it might be an echo. */
  sendSecret(data: string): void {
    this.#holdsSecret = true;
    this.send(data);
  }

  /** Waits until all that was sent has been handed to the network. */
  async flush(): Promise<void> {
    await this.#until('a reader', () => this.socket.writableLength === 0 || undefined);
  }

  /** Reads one part. @param what what is expected, for the error text: `an SSH banner` */
  read<Value>(what: string, reader: Reader<Value>): Promise<Value> {
    return this.#until(what, (isAll) => {
      const part = reader(this.#inbox.bytes, isAll);
      if (part === undefined) return undefined;
      this.#inbox.take(part.length);
      return part.value;
    });
  }

  /** The error to throw for an answer that isn't what was expected. */
  unexpected(expected: string, got: Buffer): UnexpectedAnswer {
    return new UnexpectedAnswer(`expected ${expected} of ${this.address}, got ${this.quote(got)}`);
  }

  quote(received: Buffer): string {
    return this.#holdsSecret ? 'something that is not shown, since a password was sent' : quoted(received);
  }

  /** What came and wasn't taken, for the text of a time-out; empty when nothing did. */
  get leftOver(): string {
    const { bytes } = this.#inbox;
    return bytes.length === 0 ? '' : `, after ${this.quote(bytes)}`;
  }

  close(): void {
    this.#deadline.signal.removeEventListener('abort', this.#onAbort);
    this.#socket?.destroy();
  }

  /** Waits until there is what is wanted; looks a last time, with `isAll`, when nothing more will come. */
  async #until<Value>(what: string, look: (isAll: boolean) => Value | undefined): Promise<Value> {
    for (;;) {
      const isAll = this.#isOver;
      const value = look(isAll);
      if (value !== undefined) return value;
      if (isAll) throw this.#end(what);
      await this.#change.promise;
    }
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#error !== undefined || this.#inbox.isFull || this.#deadline.over;
  }

  /** Why nothing more will come. */
  #end(what: string): unknown {
    if (this.#deadline.over) return new DialogueTimeout();
    if (this.#error !== undefined) return this.#error;
    const expected = `expected ${what} of ${this.address}`;
    const { bytes } = this.#inbox;
    if (this.#inbox.isFull) {
      return new BrokenDialogue(`${expected}, got ${MAX_BYTES} bytes without it, last ${this.quote(bytes)}`);
    }
    return new BrokenDialogue(
      `${expected}, the connection was closed${this.leftOver || (this.#inbox.isFresh ? ' before anything came' : ' without it')}`,
    );
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('close', this.#onEnd)
      .on('error', this.#onError);
  }

  /** Errors stay listened to: without a listener they would end the process. */
  #unlisten(socket: Socket): void {
    socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd);
  }

  #enter(phase: Phase): void {
    const now = this.#context.clock.mono();
    this.tookMs[this.phase] = now - this.#phaseBeganAt;
    this.#phaseBeganAt = now;
    this.phase = phase;
    this.#wake();
  }

  readonly #onData = (chunk: Buffer) => {
    this.#inbox.put(chunk);
    if (this.#inbox.isFull) this.socket.pause();
    this.#wake();
  };

  readonly #onEnd = () => {
    this.#isClosed = true;
    this.#wake();
  };

  readonly #onError = (error: unknown) => {
    this.#error ??= error;
    this.#wake();
  };

  readonly #onAbort = () => {
    this.#socket?.destroy();
    this.#wake();
  };

  readonly #wake = () => {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  };
}
