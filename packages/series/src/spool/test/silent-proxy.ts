// A TCP proxy in front of a test's database that can fall silent, as a network that drops every packet: nothing arrives,
// and no connection ends. When it does so is left to the test.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class SilentProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer((client) => {
      const server = connect(target);
      this.#forward(client, server);
      this.#forward(server, client);
    });
  }

  static async start(url: string): Promise<{ proxy: SilentProxy; url: string }> {
    const at = new URL(url);
    const proxy = new SilentProxy({ host: at.hostname, port: Number(at.port) });
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    at.port = String((proxy.#server.address() as AddressInfo).port);
    return { proxy, url: at.href };
  }

  /** Holds back what is sent, or lets it go on. */
  set silent(silent: boolean) {
    this.#silent = silent;
    for (const socket of this.#sockets) silent ? socket.pause() : socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from
      .on('data', (data) => to.write(data))
      .on('error', () => from.destroy())
      .on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    if (this.#silent) from.pause();
  }
}
