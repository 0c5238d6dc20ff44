// The far side: a real HTTP or HTTPS server on loopback that records what it is asked and answers as a test says,
// badly where wanted. What the answers mean is for the test; virtual time and stores have files of their own.
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One request as it arrived. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Resolves when its connection has closed, whoever closed it. */
  readonly closed: Promise<void>;
}

/** What the far side does with a request.
 *  `answer`: an HTTP answer, its body whole or piece by piece, endless where the iterable is.
 *  `silence`: nothing, until the other side gives up. `close`: ends the connection without an answer.
 *  `raw`: these bytes instead of an answer, then the end. */
export type FarSideAnswer =
  | {
      readonly type?: 'answer';
      /** @default 200 */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
    }
  | { readonly type: 'silence' }
  | { readonly type: 'close' }
  | { readonly type: 'raw'; readonly text: string };

/** Says what to answer; `index` counts requests from 0. A promise makes a slow far side. */
export type FarSideScript = (
  request: RecordedRequest,
  index: number,
) => FarSideAnswer | Promise<FarSideAnswer>;

export interface FarSideOptions {
  /** @default 200 with an empty body */
  readonly script?: FarSideScript;
  /** PEM texts; with them it speaks HTTPS. An empty `ca` keeps it from sending authorities that this process trusts. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string[] };
}

export interface FarSide {
  /** `http://127.0.0.1:<port>`, or https; without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Complete requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Resolves with the request of that index, counted from 0, as soon as it has arrived. */
  received(index: number): Promise<RecordedRequest>;
  /** Ends all connections and the server; safe twice. */
  stop(): Promise<void>;
}

/** Starts a far side on a free loopback port. Whoever starts it stops it. */
export async function startFarSide(options: FarSideOptions = {}): Promise<FarSide> {
  const farSide = new HttpFarSide(options);
  await farSide.listen();
  return farSide;
}

class HttpFarSide implements FarSide {
  readonly requests: RecordedRequest[] = [];
  connections = 0;
  /** One promise per connection, however many requests it carries. */
  readonly #closed = new WeakMap<Socket, Promise<void>>();
  readonly #script: FarSideScript;
  readonly #server;
  readonly #scheme: string;
  #waiting: { index: number; resolve: (request: RecordedRequest) => void }[] = [];
  #stopped: Promise<void> | undefined;

  constructor(options: FarSideOptions) {
    this.#script = options.script ?? (() => ({}));
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      // A client that hangs up is part of what tests do; the connection is gone then, and there is nobody to tell.
      this.#serve(request, response).catch(() => response.destroy());
    };
    this.#scheme = options.tls === undefined ? 'http' : 'https';
    this.#server =
      options.tls === undefined ? createHttpServer(serve) : createHttpsServer(options.tls, serve);
    this.#server.on('connection', () => {
      this.connections += 1;
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  received(index: number): Promise<RecordedRequest> {
    const request = this.requests[index];
    if (request !== undefined) return Promise.resolve(request);
    return new Promise((resolve) => {
      this.#waiting.push({ index, resolve });
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#stopped;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = this.#closedOf(incoming.socket);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request: RecordedRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
      closed,
    };
    const index = this.requests.push(request) - 1;
    this.#tellWaiting(request, index);
    await act(await this.#script(request, index), response);
  }

  #closedOf(socket: Socket): Promise<void> {
    const known = this.#closed.get(socket);
    if (known !== undefined) return known;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    this.#closed.set(socket, closed);
    return closed;
  }

  #tellWaiting(request: RecordedRequest, index: number): void {
    for (const waiting of this.#waiting) if (waiting.index === index) waiting.resolve(request);
    this.#waiting = this.#waiting.filter((waiting) => waiting.index !== index);
  }
}

async function act(answer: FarSideAnswer, response: ServerResponse): Promise<void> {
  switch (answer.type) {
    case 'silence':
      return;
    case 'close':
      response.destroy();
      return;
    case 'raw':
      response.socket?.end(answer.text);
      return;
    default:
      await sendAnswer(answer, response);
  }
}

async function sendAnswer(
  answer: Extract<FarSideAnswer, { readonly type?: 'answer' }>,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(answer.status ?? 200, { ...answer.headers });
  const { body } = answer;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    response.end(body);
    return;
  }
  await pipeline(Readable.from(body), response);
}
