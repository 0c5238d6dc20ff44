// The API of a hub: starts to listen, stops, and takes new access rules. What it answers is for server.ts and
// the routes, what it streams for stream/.
import type { AddressInfo } from 'node:net';
import type { ChildSpec } from '@guardia/kernel';
import { AccessControl, type AccessConfig } from './access/access-control.ts';
import { isLoopback } from './access/client-address.ts';
import type { DeclaredRoute } from './access/route-access.ts';
import type { ApiDeps } from './deps.ts';
import { ApiCannotListen, ApiPortTaken } from './errors.ts';
import { ProcessReadings } from './own-metrics/process-readings.ts';
import { RequestCounts } from './own-metrics/request-counts.ts';
import { buildServer } from './server.ts';
import { streamActor } from './stream/stream-actor.ts';
import { StreamServer } from './stream/stream-server.ts';

/** How long answers and goodbyes may take once the API stops. */
const STOP_GRACE_MS = 800;

/** Where the API listens. */
export interface Listening {
  /** For this machine: `http://127.0.0.1:8080`, also when bound to every address. */
  readonly url: string;
  readonly port: number;
}

export interface Api {
  /** Listens. Called once.
   *  @throws {ApiPortTaken} when another program has the port
   *  @throws {ApiCannotListen} when it can't listen there for another reason */
  start(): Promise<Listening>;
  /** Ends every connection, WebSockets with 1001, within a second. Complete when it resolves; safe twice. */
  stop(): Promise<void>;
  /** Takes new tokens, CORS and proxies; WebSockets whose token went away are closed. An address or port that
   *  changed needs a new API. */
  updateAuth(config: AccessConfig): void;
  /** The actor that feeds the WebSockets, for the supervisor that runs it. */
  readonly streamChild: ChildSpec;
  /** Every route with what it asks of its caller. */
  readonly routes: readonly DeclaredRoute[];
}

/** Builds the API; nothing listens before `start`.
 *  @throws {TypeError} when a route declares no access */
export function createApi(deps: ApiDeps): Api {
  const { config, clock, log } = deps;
  let access = new AccessControl(config);
  const stream = new StreamServer(deps, () => access);
  const readings = new ProcessReadings();
  const { app, routes } = buildServer(deps, () => access, {
    requests: new RequestCounts(),
    process: readings,
    streamClients: () => stream.clientCount,
  });
  app.server.on('upgrade', stream.upgrade);
  let stopping: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    const cancel = clock.after(STOP_GRACE_MS, () => {
      stream.terminate();
      app.server.closeAllConnections();
    });
    stream.close();
    await app.close();
    cancel();
    readings.stop();
  };

  return {
    routes,
    streamChild: { id: 'stream', start: () => ({ def: streamActor(stream, deps.stream), args: undefined }) },
    async start() {
      const port = await listen(
        () => app.listen({ host: config.bind, port: config.port }),
        app.server,
        config,
      );
      stream.start();
      readings.start();
      if (!access.hasTokens && !isLoopback(config.bind)) {
        log.warn(
          { bind: config.bind },
          'no API token is configured: only this machine is answered, others get 401',
        );
      }
      return { url: `http://${urlHost(config.bind)}:${port}`, port };
    },
    stop: () => (stopping ??= stop()),
    updateAuth(changed) {
      access = new AccessControl(changed);
      stream.recheck();
    },
  };
}

async function listen(
  start: () => Promise<string>,
  server: { address(): AddressInfo | string | null },
  { bind, port }: ApiDeps['config'],
): Promise<number> {
  try {
    await start();
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isTaken ? new ApiPortTaken(bind, port, error) : new ApiCannotListen(bind, port, error);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function urlHost(bind: string): string {
  if (bind === '0.0.0.0') return '127.0.0.1';
  if (bind === '::') return '[::1]';
  return bind.includes(':') ? `[${bind}]` : bind;
}
