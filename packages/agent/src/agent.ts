// The agent: an HTTP server over this machine's readings and checks, with one start and one complete stop. What it
// answers is left to the routes, where its options come from to the program.
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CheckRunner } from './check-runner.ts';
import type { AgentClock } from './clock.ts';
import type { AgentLog } from './log.ts';
import { MetricsSource } from './metrics-source.ts';
import type { Readings } from './readings.ts';
import { routes } from './routes.ts';
import { tokenCheck } from './token.ts';
import { AGENT_VERSION } from './version.ts';

/** Longer than any sensible interval between polls, so that a hub keeps its connection. */
const KEEP_ALIVE_MS = 75_000;
/** How long a stop waits for answers on their way. */
const STOP_GRACE_MS = 300;
/** More connections than hubs and scrapers need; those beyond are refused. */
const MAX_CONNECTIONS = 256;

export interface AgentOptions {
  /** Address to listen on, as `0.0.0.0`, `::1`, or a host name. */
  readonly addr: string;
  /** 0 to 65_535; 0 takes any free port. */
  readonly port: number;
  /** Token that requests must carry. Undefined: open to everyone who reaches the address, and without checks. */
  readonly secret?: string | undefined;
  /** Closed by `stop`. */
  readonly readings: Readings;
  readonly clock: AgentClock;
  readonly log: AgentLog;
  /** Makes the id of a refused request. @default random UUIDs */
  readonly newRequestId?: () => string;
}

export interface Agent {
  /** Listens, and takes the first reading. Once only.
   *  @returns the port, which matters when 0 was asked for
   *  @throws {AgentStartError} when the address cannot be had */
  start(): Promise<{ port: number }>;
  /** Answers what is under way, for at most 300 ms, then lets go of everything. Safe twice and before start. */
  stop(): Promise<void>;
}

/** The address cannot be listened on. The message says why and what to do. */
export class AgentStartError extends Error {
  readonly code = 'AGENT_START';

  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'AgentStartError';
  }
}

export function createAgent(options: AgentOptions): Agent {
  const { readings, clock, log, newRequestId = randomUUID } = options;
  const metrics = new MetricsSource(readings, clock, AGENT_VERSION);
  const checks = new CheckRunner(clock);
  const isAllowed = tokenCheck(options.secret);
  const hasSecret = options.secret !== undefined;
  const listener = routes({ metrics, checks, isAllowed, hasSecret, log, newRequestId });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, listener);
  server.maxConnections = MAX_CONNECTIONS;
  let stopped: Promise<void> | null = null;
  return {
    async start() {
      const port = await listen(server, options);
      await metrics.prime();
      return { port };
    },
    stop() {
      checks.stop();
      stopped ??= closed(server, clock).then(() => readings.close());
      return stopped;
    },
  };
}

function listen(server: Server, { addr, port }: AgentOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(startError(error, addr, port)));
    server.listen(port, addr, () => resolve((server.address() as AddressInfo).port)); // a TCP server has no other kind
  });
}

function startError(error: NodeJS.ErrnoException, addr: string, port: number): AgentStartError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there; stop it, or choose another port with --port or AGENT_PORT',
    EACCES: 'not permitted; ports below 1024 need privileges, choose a higher one with --port or AGENT_PORT',
    EADDRNOTAVAIL: 'this machine has no such address; use 0.0.0.0 for all, with --addr or AGENT_ADDR',
    ENOTFOUND: 'the name has no address; use 0.0.0.0 for all, with --addr or AGENT_ADDR',
  };
  const reason = reasons[error.code ?? ''] ?? error.message;
  return new AgentStartError(`cannot listen on ${addr} port ${port}: ${reason}`, error);
}

function closed(server: Server, clock: AgentClock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(STOP_GRACE_MS, () => server.closeAllConnections());
    // Not listening (any more) is an error to close(), and exactly what is wanted here.
    server.close(() => {
      cancel();
      resolve();
    });
  });
}
