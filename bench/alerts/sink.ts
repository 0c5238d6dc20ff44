// A slow far side for the hub's webhooks: it remembers each message at once, and takes its time to answer.
// What the messages amount to is counted by messages.ts.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Told } from './messages.ts';

interface Fields {
  readonly group: string;
  readonly target_name: string;
}

/** A body of Guardia's own webhook format, as far as it is read here. */
interface Body {
  readonly alert: Fields;
  /** Only of a message with several. */
  readonly alerts?: readonly Fields[];
}

export interface Sink {
  readonly url: string;
  readonly messages: readonly Told[];
  /** When the first message came; null before. Milliseconds since 1970. */
  readonly firstAt: number | null;
  stop(): Promise<void>;
}

export async function startSink(answerAfterMs: number): Promise<Sink> {
  const messages: Told[] = [];
  let firstAt: number | null = null;
  const server = createServer(async (request, response) => {
    firstAt ??= Date.now();
    const { alert, alerts = [alert] } = (await json(request)) as Body;
    messages.push(alerts.map(({ group, target_name: target }) => ({ group, target })));
    await sleep(answerAfterMs);
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    messages,
    get firstAt() {
      return firstAt;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
