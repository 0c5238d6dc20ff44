// What each phase of an HTTP check took, to the millisecond, on a clock that only the far side moves: alone, and summed
// over redirects. The names of the readings and what is compared with them is tested in http-check.test.ts.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';
import {
  createSecureContext,
  getCACertificates,
  type SecureContext,
  setDefaultCACertificates,
} from 'node:tls';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import type { CheckClock } from '../check.ts';
import { testCertificate } from './test/certificate.ts';
import { check } from './test/kit.ts';

const DAY_MS = 86_400_000;
const servers: Server[] = [];
const trusted = getCACertificates('default');

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  setDefaultCACertificates(trusted);
});

/** Stands still until it is moved. `read` resolves when somebody has looked at it since. */
function movedClock() {
  let now = 0;
  let readers: (() => void)[] = [];
  const clock: CheckClock = {
    wall: () => now,
    mono: () => {
      for (const tell of readers) tell();
      readers = [];
      return now;
    },
    after: () => () => {},
  };
  const read = () => new Promise<void>((resolve) => readers.push(resolve));
  return { clock, move: (ms: number) => (now += ms), read };
}

type Moved = ReturnType<typeof movedClock>;

interface Hop {
  readonly lookUpMs: number;
  readonly connectMs: number;
  readonly answerMs: number;
  readonly bodyMs: number;
}

/** Answers each look-up with this machine after the time of its hop. */
function slowLookUp({ move }: Moved, hops: readonly Hop[]): LookupFunction {
  let asked = 0;
  return (_name, _options, callback) => {
    const { lookUpMs } = hops[asked++]!;
    setImmediate(() => {
      move(lookUpMs);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    });
  };
}

/** Lets time pass between the look-up and the connection. */
function slowConnections({ move }: Moved, hops: readonly Hop[]): void {
  let connected = 0;
  const follow = (message: unknown) =>
    (message as { socket: Socket }).socket.once('connectionAttempt', () =>
      move(hops[connected++]!.connectMs),
    );
  subscribe('net.client.socket', follow);
  onTestFinished(() => void unsubscribe('net.client.socket', follow));
}

/** Redirects to itself until the last hop. The headers leave at once, the body once the client has read them. */
function slowAnswers({ move, read }: Moved, hops: readonly Hop[]) {
  let answered = 0;
  const connections = new Set<Socket>();
  const server = createServer(async (request, response) => {
    connections.add(request.socket);
    const { answerMs, bodyMs } = hops[answered++]!;
    move(answerMs);
    const isLast = answered === hops.length;
    response.writeHead(isLast ? 200 : 302, isLast ? {} : { location: `/${answered}` });
    const headersSeen = read();
    response.flushHeaders();
    await headersSeen;
    // The phase has begun once the headers are seen; what follows is the body's time.
    await new Promise(setImmediate);
    move(bodyMs);
    response.end('body');
  });
  servers.push(server);
  return { server, connections };
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const phases = (readings: Readonly<Record<string, number>>) =>
  ['resolve', 'connect', 'tls', 'processing', 'transfer'].map((phase) => {
    const seconds = readings[`probe_http_duration_seconds{phase="${phase}"}`];
    return seconds === undefined ? null : Math.round(seconds * 1_000);
  });

async function checkOver(hops: readonly Hop[]) {
  const moved = movedClock();
  const { server, connections } = slowAnswers(moved, hops);
  const port = await portOf(server);
  slowConnections(moved, hops);
  const context = { clock: moved.clock, lookup: slowLookUp(moved, hops) };
  const result = await check(`http://shop.invalid:${port}/`, {}, context);
  return { result, connections: connections.size };
}

const FIRST: Hop = { lookUpMs: 1, connectMs: 20, answerMs: 300, bodyMs: 4_000 };
const SECOND: Hop = { lookUpMs: 50, connectMs: 7, answerMs: 9_000, bodyMs: 100 };

test('each phase is measured by itself', async () => {
  const { result } = await checkOver([FIRST]);
  expect(result).toMatchObject({ status: 'up', readings: { probe_dns_lookup_time_seconds: 0.001 } });
  expect(phases(result.readings)).toEqual([1, 20, null, 300, 4_000]);
  // What is compared with degraded_ms is the time up to the headers.
  expect(result.responseTimeMs).toBe(321);
});

test('phases are summed over redirects, each of which has a connection of its own', async () => {
  const { result, connections } = await checkOver([FIRST, SECOND]);
  expect(phases(result.readings)).toEqual([51, 27, null, 9_300, 4_100]);
  expect(result.readings).toMatchObject({ probe_http_redirects: 1, probe_dns_lookup_time_seconds: 0.051 });
  // A connection that was used again would have no time of its own, and might lead to another machine.
  expect(connections).toBe(2);
  expect(result.responseTimeMs).toBe(1 + 20 + 300 + 4_000 + 50 + 7 + 9_000);
});

test('the handshake of TLS is neither connecting nor answering', async () => {
  const moved = movedClock();
  const { move } = moved;
  const { key, cert } = testCertificate('DNS:localhost', Date.now() + DAY_MS);
  setDefaultCACertificates([cert]);
  const SNICallback = (_name: string, done: (error: Error | null, context?: SecureContext) => void) => {
    move(70);
    done(null, createSecureContext({ key, cert }));
  };
  const server = createTlsServer({ key, cert, SNICallback }, (_request, response) => {
    move(8);
    response.end();
  });
  servers.push(server);
  const port = await portOf(server);
  const lookup = slowLookUp(moved, [FIRST]);
  const spec = { certWarnDays: 0 };
  const { readings } = await check(`https://localhost:${port}/`, spec, { clock: moved.clock, lookup });
  expect(phases(readings)).toEqual([1, 0, 70, 8, 0]);
});
