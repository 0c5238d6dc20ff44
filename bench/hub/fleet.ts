// A thousand agents in one cheap process: one listening socket answers on every address of 127.0.0.0/8, each
// address being an agent. It counts what it answered, and times how long an alert takes to arrive. Driven by
// messages from the bench.
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { makeVariant } from './readings.ts';

/** What the bench asks of the fleet. `fire` makes these addresses say 99 % CPU from their next answer on. */
export type FleetOrder = { type: 'count' } | { type: 'fire'; addresses: string[] } | { type: 'stop' };

export type FleetReport =
  | { type: 'ready'; port: number; sinkPort: number; series: number }
  | { type: 'counts'; json: number; text: number; latenciesMs: number[]; cpuMs: number };

const VARIANTS = Array.from({ length: 16 }, (_, i) => makeVariant(i, 20 + i));
const HOT = makeVariant(3, 99);
const burning = new Map<string, number | null>();
const latenciesMs: number[] = [];
let json = 0;
let text = 0;

function report(message: FleetReport): void {
  process.send?.(message);
}

function serve(socket: Socket): void {
  let turn = Math.floor(Math.random() * VARIANTS.length);
  let pending = '';
  const address = socket.localAddress ?? '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    if (!pending.includes('\r\n\r\n')) return;
    const wantsText = /accept: [^\r]*(text\/plain|openmetrics)/i.test(pending);
    pending = '';
    turn = (turn + 1) % VARIANTS.length;
    if (wantsText) {
      text += 1;
      socket.write(VARIANTS[turn]!.text);
      return;
    }
    json += 1;
    if (burning.has(address)) {
      if (burning.get(address) === null) burning.set(address, performance.now());
      socket.write(HOT.json);
    } else socket.write(VARIANTS[turn]!.json);
  });
}

/** Receives deliveries: the time since the answer that broke the limit is the figure. */
const sink = createHttpServer((request, response) => {
  const arrivedAt = performance.now();
  let body = '';
  request.setEncoding('utf8').on('data', (part: string) => {
    body += part;
  });
  request.on('end', () => {
    response.end('ok');
    const address = /127\.0\.\d+\.\d+/.exec(body)?.[0];
    const answeredAt = address === undefined ? null : burning.get(address);
    if (typeof answeredAt === 'number' && body.includes('alert_fired'))
      latenciesMs.push(arrivedAt - answeredAt);
  });
});

const server = createServer(serve);
server.listen(0, '0.0.0.0', 4096, () => {
  sink.listen(0, '127.0.0.1', () => {
    const port = (server.address() as AddressInfo).port;
    const sinkPort = (sink.address() as AddressInfo).port;
    report({ type: 'ready', port, sinkPort, series: VARIANTS[0]!.series });
  });
});

process.on('message', (order: FleetOrder) => {
  if (order.type === 'stop') process.exit(0);
  if (order.type === 'fire') for (const address of order.addresses) burning.set(address, null);
  if (order.type === 'count') {
    const { user, system } = process.cpuUsage();
    report({ type: 'counts', json, text, latenciesMs, cpuMs: (user + system) / 1000 });
  }
});
process.on('disconnect', () => process.exit(0));
