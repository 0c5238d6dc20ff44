// The WebSocket side of the API: takes connections at /api/v1/stream, keeps the clients, and hands each event to
// all of them. Where events come from is for stream-actor.ts.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '@guardia/kernel';
import { type WebSocket, WebSocketServer } from 'ws';
import { type AccessControl, bearerToken, originRefused } from '../access/access-control.ts';
import { originIsOwn } from '../access/origin.ts';
import type { ApiDeps } from '../deps.ts';
import { writeRawError } from '../error-answers.ts';
import { ApiError } from '../errors.ts';
import { requestIdOf } from '../request-id.ts';
import { StreamClient, type ClientHost, type Identity } from './client.ts';
import { EncodedEvent, type TargetNames } from './encode.ts';
import type { SequencedEvent } from '../../lib/event-stream.ts';

export const STREAM_PATH = '/api/v1/stream';

const PING_INTERVAL_MS = 30_000;
/** The longest message of a client. 64 KiB holds a subscription to a thousand targets. */
const MAX_MESSAGE_BYTES = 65_536;
const MAX_CLIENTS = 500;
const SUBPROTOCOL = 'guardia.bearer.';

/** All clients of the stream. */
export class StreamServer {
  readonly #clock: Clock;
  readonly #access: () => AccessControl;
  readonly #clients = new Set<StreamClient>();
  readonly #host: ClientHost;
  readonly #names: TargetNames;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (protocols) => [...protocols].find((name) => name.startsWith(SUBPROTOCOL)) ?? false,
  });
  #cancelPing: Cancel = () => {};

  /** @param access the access rules of now; they change on reload */
  constructor(deps: ApiDeps, access: () => AccessControl) {
    const { servers, exporters, services, stream, clock, startedAt } = deps;
    this.#clock = clock;
    this.#access = access;
    this.#host = {
      clock,
      access,
      resolveTarget: (name) => (servers.find(name) ?? exporters.find(name) ?? services.find(name))?.id,
      seq: () => stream.seq,
      firstSeq: startedAt * 1_000,
    };
    this.#names = {
      server: (id) => servers.find(id)?.alias,
      exporter: (id) => exporters.find(id)?.name,
      service: (id) => services.find(id)?.name,
    };
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Begins to look for dead peers. */
  start(): void {
    this.#cancelPing = this.#clock.after(PING_INTERVAL_MS, () => {
      for (const client of this.#clients) client.ping();
      this.start();
    });
  }

  /** Takes an upgrade, or answers why not. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Nobody else listens yet, and an error without a listener would end the process.
    socket.on('error', () => socket.destroy());
    try {
      const identity = this.#admit(request);
      this.#server.handleUpgrade(request, socket, head, (client) => this.#add(client, identity));
    } catch (error) {
      // Node types the socket of an upgrade as Duplex; from an HTTP server it is a Socket.
      if (error instanceof ApiError) writeRawError(socket as Socket, error, requestIdOf(request));
      else socket.destroy();
    }
  };

  /** Hands one event to every client that wants it. */
  broadcast(event: SequencedEvent): void {
    if (this.#clients.size === 0) return;
    const encoded = new EncodedEvent(event, this.#names);
    for (const client of this.#clients) client.deliver(encoded);
  }

  /** Tells every client that the hub itself lost events for the stream. */
  tellLagged(missed: number): void {
    for (const client of this.#clients) client.tellLagged(missed);
  }

  /** Closes connections whose token isn't valid any more. */
  recheck(): void {
    for (const client of this.#clients) client.recheck();
  }

  /** Takes no more connections and says goodbye to the clients. */
  close(): void {
    this.#cancelPing();
    this.#server.close();
    for (const client of this.#clients) client.goAway();
  }

  /** Cuts the connections that are left. */
  terminate(): void {
    for (const client of this.#clients) client.terminate();
  }

  #add(socket: WebSocket, identity: Identity | null): void {
    const client = new StreamClient(socket, this.#host, identity);
    this.#clients.add(client);
    socket.on('close', () => this.#clients.delete(client));
  }

  /** @returns null when the token is to come in the first message
   *  @throws {ApiError} when this client may not connect */
  #admit(request: IncomingMessage): Identity | null {
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== STREAM_PATH) throw notHere();
    if (this.#clients.size >= MAX_CLIENTS) throw tooManyClients();
    const access = this.#access();
    if (!originIsOwn(request) && !access.anyOrigin) throw originRefused(request);
    if (!access.hasTokens) {
      access.admit(request, 'read');
      return { token: null };
    }
    const token = bearerToken(request) ?? subprotocolToken(request, access);
    if (token !== null) access.admitToken(token, 'read');
    return token === null ? null : { token };
  }
}

/** The token of the subprotocol `guardia.bearer.<token>`, as it is or, for characters that a subprotocol can't hold,
 *  as base64url. */
function subprotocolToken(request: IncomingMessage, access: AccessControl): string | null {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const text = offered.find((name) => name.startsWith(SUBPROTOCOL))?.slice(SUBPROTOCOL.length);
  if (text === undefined) return null;
  const decoded = Buffer.from(text, 'base64url').toString();
  return access.knowsToken(decoded, 'read') ? decoded : text;
}

function notHere(): ApiError {
  return new ApiError({
    status: 404,
    code: 'ROUTE_NOT_FOUND',
    message: `WebSockets are at ${STREAM_PATH} only.`,
  });
}

function tooManyClients(): ApiError {
  return new ApiError({
    status: 503,
    code: 'TOO_MANY_CLIENTS',
    message: `There are ${MAX_CLIENTS} WebSocket clients already. Close some, or try again later.`,
    details: { limit: MAX_CLIENTS },
  });
}
