// One client of the stream: who it is, what it wants to hear, and whether it keeps up. Taking its connection is
// for stream-server.ts, the bytes of events for encode.ts.
import type { Cancel, Clock } from '@guardia/kernel';
import type { HubEvent } from '@guardia/model';
import type { RawData, WebSocket } from 'ws';
import type { AccessControl } from '../access/access-control.ts';
import { ApiError } from '../errors.ts';
import { GOING_AWAY, TOO_SLOW, UNAUTHENTICATED } from './close-codes.ts';
import { type EncodedEvent, laggedMessage } from './encode.ts';
import { type ClientMessage, type Refusal, readMessage, type Subscribe } from './messages.ts';
import { Outbox } from './outbox.ts';

/** How long a client has to send its token. */
const AUTH_TIMEOUT_MS = 5_000;
/** How long a client has to answer a close, before the connection is cut. */
const CLOSE_GRACE_MS = 5_000;

/** What a client needs of the server that took it. */
export interface ClientHost {
  readonly clock: Clock;
  /** The access rules of now. */
  access(): AccessControl;
  /** The internal id of a target known by id, alias or name. */
  resolveTarget(name: string): string | undefined;
  /** Seq of the newest event. */
  seq(): number;
  /** Seq before the first event of this run. */
  readonly firstSeq: number;
}

/** By what a client was let in, kept to see whether it was withdrawn. */
export interface Identity {
  /** Null on loopback without tokens. */
  readonly token: string | null;
}

/** A connected client. Owns its socket from construction on. */
export class StreamClient {
  readonly #socket: WebSocket;
  readonly #host: ClientHost;
  readonly #outbox: Outbox;
  #identity: Identity | null;
  #topics: ReadonlySet<string> | null = null;
  #targets: ReadonlySet<string> | null = null;
  #closing = false;
  #alive = true;
  #timer: Cancel;

  /** @param identity null when the token is still to come, in the first message */
  constructor(socket: WebSocket, host: ClientHost, identity: Identity | null) {
    this.#socket = socket;
    this.#host = host;
    this.#outbox = new Outbox(socket);
    this.#identity = identity;
    this.#timer =
      identity === null
        ? host.clock.after(AUTH_TIMEOUT_MS, () => this.close(UNAUTHENTICATED, 'no token within 5 s'))
        : () => {};
    socket.on('message', (data, isBinary) => this.#hear(data, isBinary));
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('close', () => this.#timer());
    // The close that follows an error is all that matters: what a peer sends is no fault of the hub.
    socket.on('error', () => {});
  }

  /** Sends an event that the client wants. Never waits, never throws. */
  deliver(event: EncodedEvent): void {
    if (this.#wants(event.event)) this.#send(event.bytes);
  }

  /** Tells that events were missed. */
  tellLagged(missed: number): void {
    if (this.#identity !== null) this.#send(laggedMessage(missed, this.#host.seq()));
  }

  /** Asks for a sign of life; cuts a client that gave none since the last time. */
  ping(): void {
    if (!this.#alive) this.terminate();
    this.#alive = false;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  /** Closes the connection of a client whose token isn't valid any more. */
  recheck(): void {
    if (this.#identity === null) return;
    const { token } = this.#identity;
    const access = this.#host.access();
    const isStillIn = token === null ? !access.hasTokens : access.knowsToken(token, 'read');
    if (!isStillIn) this.close(UNAUTHENTICATED, 'access was withdrawn');
  }

  /** Starts to close; the connection is cut when the client doesn't answer in time. Safe twice. */
  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#timer();
    this.#socket.close(code, reason);
    this.#timer = this.#host.clock.after(CLOSE_GRACE_MS, () => this.terminate());
  }

  /** Says that the hub stops. */
  goAway(): void {
    this.#outbox.clear();
    this.close(GOING_AWAY, 'the hub stops');
  }

  /** Cuts the connection at once. */
  terminate(): void {
    this.#closing = true;
    this.#timer();
    this.#socket.terminate();
  }

  #send(message: Buffer): void {
    if (this.#closing || this.#outbox.offer(message)) return;
    const missed = this.#outbox.clear() + 1;
    this.#socket.send(laggedMessage(missed, this.#host.seq()), { binary: false });
    this.close(TOO_SLOW, 'too slow');
  }

  #say(message: object): void {
    this.#send(Buffer.from(JSON.stringify(message)));
  }

  #hear(data: RawData, isBinary: boolean): void {
    if (this.#closing) return;
    // `ws` hands over one Buffer, as its `binaryType` is left at the default.
    const message = isBinary ? refuseBinary : readMessage((data as Buffer).toString());
    if (this.#identity === null) this.#authenticate(message);
    else this.#obey(message);
  }

  #authenticate(message: ClientMessage | Refusal): void {
    if (message.type !== 'auth') {
      this.close(UNAUTHENTICATED, 'the first message must be the token');
      return;
    }
    try {
      this.#host.access().admitToken(message.token, 'read');
    } catch (error) {
      this.close(UNAUTHENTICATED, error instanceof ApiError ? error.code : 'TOKEN_WRONG');
      return;
    }
    this.#identity = { token: message.token };
    this.#timer();
    this.#say({ type: 'authenticated', seq: this.#host.seq() });
  }

  #obey(message: ClientMessage | Refusal): void {
    switch (message.type) {
      case 'subscribe':
        this.#subscribe(message);
        break;
      case 'auth':
        this.#say({
          type: 'error',
          code: 'ALREADY_AUTHENTICATED',
          message: 'The token was accepted before.',
        });
        break;
      case 'refused':
        this.#say({ type: 'error', code: message.code, message: message.message });
        break;
    }
  }

  #subscribe({ topics, targets, since }: Subscribe): void {
    const unknown = targets?.find((name) => this.#host.resolveTarget(name) === undefined);
    if (unknown !== undefined) {
      this.#say({ type: 'error', code: 'UNKNOWN_TARGET', message: `There is no target '${unknown}'.` });
      return;
    }
    this.#topics = topics === null ? null : new Set(topics);
    this.#targets = targets === null ? null : new Set(targets.map((name) => this.#host.resolveTarget(name)!));
    const seq = this.#host.seq();
    this.#say({ type: 'subscribed', topics, targets, seq });
    if (since !== null) this.#tellSince(since, seq);
  }

  /** Nothing is replayed, so all since then was missed. Numbers jump between runs of the hub, so what was missed
   *  before this one isn't known exactly. */
  #tellSince(since: number, seq: number): void {
    if (since < seq) this.#send(laggedMessage(seq - since, seq, since >= this.#host.firstSeq));
    if (since <= seq) return;
    const message = `since: ${since} is ahead of the newest event, ${seq}.`;
    this.#say({ type: 'error', code: 'SINCE_AHEAD', message });
  }

  #wants(event: HubEvent): boolean {
    if (this.#identity === null || this.#closing) return false;
    if (this.#topics !== null && !this.#topics.has(event.type)) return false;
    // Events about the hub have no target, so only topics choose them.
    return this.#targets === null || !('targetId' in event) || this.#targets.has(event.targetId);
  }
}

const refuseBinary: Refusal = { type: 'refused', code: 'MALFORMED_JSON', message: 'Send text, not binary.' };
