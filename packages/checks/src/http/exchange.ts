// One request and its answer over one fresh connection, always ended afterwards. Redirects, attempts and what an
// answer is worth are for the callers.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { EpochMs, HttpMethod } from '@guardia/model';
import { type Body, readBody } from './body.ts';
import { Connection, type ConnectionOptions } from './connection.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly method: HttpMethod;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface HttpAnswer {
  readonly status: number;
  /** `1.1`. */
  readonly version: number;
  /** Each value of each name, in lower case. */
  readonly headers: Readonly<Partial<Record<string, readonly string[]>>>;
  readonly ipProtocol: 4 | 6;
  readonly body: Body;
}

/** Who hears how an exchange goes on. */
export interface ExchangeListener {
  /** A certificate was shown, be it trusted or not. */
  certified(endsAt: EpochMs): void;
  /** The headers have come, the body has not. */
  answered(status: number): void;
}

const NO_BODY: Body = { text: '', bytes: 0, isCut: false };

/** Asks once. @param keepsBody whether the body's text is wanted, not its length alone
 *  @throws what the connection, Node's HTTP client, or the signal ended it with */
export async function exchange(
  request: HttpRequest,
  options: ConnectionOptions,
  keepsBody: boolean,
  listener: ExchangeListener,
): Promise<HttpAnswer> {
  const connection = new Connection(options);
  const { times } = options;
  try {
    const socket = await open(connection, request.url, listener);
    times.enter('processing');
    const response = await ask(socket, request);
    times.enter('transfer');
    listener.answered(response.statusCode!);
    return {
      status: response.statusCode!,
      version: Number(response.httpVersion),
      headers: response.headersDistinct,
      ipProtocol: socket.remoteFamily === 'IPv6' ? 6 : 4,
      // What follows 101 is no longer HTTP.
      body: response.statusCode === 101 ? NO_BODY : await readBody(response, keepsBody),
    };
  } finally {
    times.end();
    connection.close();
  }
}

async function open(connection: Connection, url: URL, listener: ExchangeListener): Promise<Socket> {
  try {
    return await connection.open(url);
  } finally {
    const { certificateEndsAt } = connection;
    if (certificateEndsAt !== null) listener.certified(certificateEndsAt);
  }
}

function ask(socket: Socket, { url, method, headers, body }: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    const outgoing = httpRequest({
      createConnection: () => socket,
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'user-agent': 'guardia',
        accept: '*/*',
        'accept-encoding': 'identity',
        ...lengthOf(body, headers),
        ...headers,
      },
    });
    const answered = (response: IncomingMessage) => {
      answer = response;
      resolve(response);
    };
    const failed = (error: Error) => {
      reject(error);
      // Else a body that lasts until the connection ends would seem to be whole, and others to be merely cut off. What
      // comes behind a whole one is no harm.
      if (answer?.complete === false) answer.destroy(error);
    };
    // 101 is an answer as well.
    outgoing.on('response', answered).on('upgrade', answered).on('error', failed);
    if (body === null) outgoing.end();
    else outgoing.end(body);
  });
}

/** Node's client tells it only with methods that usually have a body; without it a server takes the body of another for
 *  the next request. */
function lengthOf(body: string | null, headers: HttpRequest['headers']): Record<string, string> {
  if (body === null || Object.hasOwn(headers, 'transfer-encoding')) return {};
  return { 'content-length': String(Buffer.byteLength(body)) };
}
