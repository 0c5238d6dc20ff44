// A way to PostgreSQL that a test can cut at the moment of a commit. What comes of it is for the test to see.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to the next commit. `before`: it never arrives. `after`: it arrives, its answer doesn't. */
export type Cut = 'before' | 'after';

const COMMIT = Buffer.from('commit\0');

/** Leads to where `url` does. @returns the URL that goes through it */
export async function startCuttingProxy(url: string) {
  const target = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  const plan = { cuts: [] as Cut[], onCut: async () => {} };
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    far.on('data', (data) => near.writable && near.write(data));
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    near.on('data', async (data) => {
      const cut = data.includes(COMMIT) ? plan.cuts.shift() : undefined;
      if (cut === undefined) return void far.write(data);
      if (cut === 'after') {
        far.removeAllListeners('data');
        const answered = once(far, 'data');
        far.write(data);
        await answered;
      }
      await plan.onCut();
      near.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    plan,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
