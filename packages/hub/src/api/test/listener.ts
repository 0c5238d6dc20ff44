// A client of the stream for tests: connects with `ws`, keeps what came, and lets a test await the next message
// or the end. It decides nothing.
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

export interface Listener {
  readonly socket: WebSocket;
  /** The next message, in order, parsed. Rejects when the connection ends first. */
  next(): Promise<unknown>;
  say(message: object | string): void;
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Connects. Rejects with the HTTP status when the upgrade is refused. */
export async function listen(
  url: string,
  options: ClientOptions & { protocols?: string[]; path?: string } = {},
): Promise<Listener> {
  const { protocols = [], path = '/api/v1/stream', ...rest } = options;
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocols, rest);
  onTestFinished(() => socket.terminate());
  const inbox: unknown[] = [];
  const waiters: ((message: unknown) => void)[] = [];
  socket.on('message', (data) => {
    const message: unknown = JSON.parse(String(data));
    const waiter = waiters.shift();
    if (waiter === undefined) inbox.push(message);
    else waiter(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('unexpected-response', (_request, { statusCode }) =>
      reject(new Error(`refused: ${statusCode}`)),
    );
    socket.on('error', reject);
  });
  const next = (): Promise<unknown> => {
    if (inbox.length > 0) return Promise.resolve(inbox.shift());
    const ended = closed.then(({ code }) => {
      throw new Error(`the connection ended with ${code}`);
    });
    return Promise.race([new Promise((resolve) => waiters.push(resolve)), ended]);
  };
  const say = (message: object | string): void =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  return { socket, next, say, closed };
}
