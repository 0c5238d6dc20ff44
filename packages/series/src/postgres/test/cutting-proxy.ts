// A TCP proxy in front of a test's database that loses answers: the server does what it was asked, and the client never
// hears of it. What is asked is left to the test.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #marker: Buffer | undefined;
  #refusing = false;

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer((client) => {
      if (this.#refusing) client.destroy();
      else this.#join(client, connect(target));
    });
  }

  static async start(url: string): Promise<{ proxy: CuttingProxy; url: string }> {
    const at = new URL(url);
    const proxy = new CuttingProxy({ host: at.hostname, port: Number(at.port) });
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    at.port = String((proxy.#server.address() as AddressInfo).port);
    return { proxy, url: at.href };
  }

  /** Ends the connection over which `marker` is sent next, once the server has answered it. From then on connections are
   *  refused until `allow`, when `refuse` says so. */
  loseAnswerTo(marker: string | Uint8Array, { refuse }: { refuse: boolean }): void {
    this.#marker = Buffer.from(marker as Uint8Array);
    this.#refuseThen = refuse;
  }
  #refuseThen = false;

  /** Whether the answer was lost by now. */
  get hasCut(): boolean {
    return this.#marker === undefined;
  }

  allow(): void {
    this.#refusing = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', end).on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    let marked = false;
    client.on('data', (data) => {
      if (this.#marker !== undefined && data.includes(this.#marker)) marked = true;
      server.write(data);
    });
    server.on('data', (data) => {
      if (!marked) return client.write(data);
      this.#marker = undefined;
      this.#refusing = this.#refuseThen;
      if (this.#refusing) for (const socket of this.#sockets) socket.destroy();
      return end();
    });
  }
}
