// An SMTP server on loopback that answers as a test says, badly where wanted, and records what it is told. A server
// that behaves is mail-server.ts.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What is answered to a line: a text, `close` for the end of the connection, `silence` for nothing, `default` for what
 *  a server that takes everything would say. Not asked while the message itself comes; its end is the line `.`, and a
 *  new connection the line `CONNECT`. */
export type SmtpScript = (line: string) => string;

export interface ScriptedSmtp {
  readonly port: number;
  /** Lines of all connections, those of messages too. */
  readonly lines: readonly string[];
  /** Resolves when the last connection has closed. */
  readonly closed: Promise<void>;
  /** Resolves as soon as a line begins with this. */
  told(start: string): Promise<void>;
  stop(): Promise<void>;
}

const DEFAULTS: readonly [RegExp, string][] = [
  [/^CONNECT/, '220 test ESMTP'],
  [/^EHLO/, '250-test\r\n250 AUTH PLAIN'],
  [/^AUTH/, '235 2.7.0 welcome'],
  [/^DATA/, '354 go on'],
  [/./, '250 2.0.0 fine'],
];

export async function startScriptedSmtp(script: SmtpScript = () => 'default'): Promise<ScriptedSmtp> {
  const lines: string[] = [];
  const waiting: { start: string; resolve: () => void }[] = [];
  const sockets = new Set<Socket>();
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();

  const server = createServer((socket) => {
    sockets.add(socket);
    // A client that hangs up is part of what tests do.
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) close();
    });
    serve(socket);
  });

  function serve(socket: Socket): void {
    let isMessage = false;
    let rest = '';
    const answer = (line: string) => {
      const scripted = script(line);
      const text = scripted === 'default' ? DEFAULTS.find(([pattern]) => pattern.test(line))![1] : scripted;
      isMessage = text.startsWith('354');
      if (text === 'close') socket.end();
      else if (text !== 'silence') socket.write(`${text}\r\n`);
    };
    const take = (line: string) => {
      lines.push(line);
      for (const { start, resolve } of waiting) if (line.startsWith(start)) resolve();
      if (!isMessage || line === '.') answer(line);
    };
    socket.on('data', (chunk) => {
      const complete = `${rest}${chunk}`.split('\r\n');
      rest = complete.pop()!;
      for (const line of complete) take(line);
    });
    take('CONNECT');
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    closed,
    told(start) {
      if (lines.some((line) => line.startsWith(start))) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push({ start, resolve });
      });
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
