// Builds the HTTP server: limits, headers, access, errors, and the routes of each resource. Listening and
// stopping are for api.ts.
import Fastify, { type FastifyInstance } from 'fastify';
import type { AccessControl } from './access/access-control.ts';
import { type DeclaredRoute, guardRoutes } from './access/route-access.ts';
import { sendBrowserHeaders, setBaseHeaders } from './browser-headers.ts';
import type { ApiDeps } from './deps.ts';
import { answerClientError, answerError, answerErrors } from './error-answers.ts';
import { FORMATS } from './parameters.ts';
import { requestIdOf } from './request-id.ts';
import { alertRoutes, deliveryRoutes, notifierRoutes } from './routes/alerts.ts';
import { exporterRoutes } from './routes/exporters.ts';
import { healthRoutes } from './routes/health.ts';
import { meRoutes } from './routes/me.ts';
import { metricRoutes } from './routes/metrics.ts';
import { type OwnMetricsSources, ownMetricsRoutes } from './routes/own-metrics.ts';
import { pushRoutes } from './routes/push.ts';
import { queryRoutes } from './routes/query.ts';
import { serverRoutes } from './routes/servers.ts';
import { serviceRoutes } from './routes/services.ts';
import { acknowledgeRoutes, silenceRoutes } from './routes/silences.ts';
import { streamRoutes } from './routes/stream.ts';
import { systemRoutes } from './routes/system.ts';
import { timelineRoutes } from './routes/timeline.ts';
import { webRoutes } from './routes/web.ts';

const MAX_BODY_BYTES = 1_048_576;
/** Time for the headers, and for the whole request: a client that trickles bytes holds no connection for long. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const TIMEOUT_CHECK_INTERVAL_MS = 5_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
const MAX_CONNECTIONS = 1_000;
/** The longest part of a path, decoded: names of services may be long. */
const MAX_PATH_PART_CHARACTERS = 1_000;

export interface HttpServer {
  readonly app: FastifyInstance;
  /** Every route with what it asks of its caller. */
  readonly routes: readonly DeclaredRoute[];
}

/** @param access the access rules of now; they change on reload
 *  @param sources what `/metrics` shows of the API itself */
export function buildServer(
  deps: ApiDeps,
  access: () => AccessControl,
  sources: OwnMetricsSources,
): HttpServer {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request),
    routerOptions: { maxParamLength: MAX_PATH_PART_CHARACTERS },
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
      // Clients that offer `Upgrade: h2c` get an ordinary answer.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    ajv: { customOptions: ajvOptions() },
    // Paths that can't be decoded get here before any hook has run.
    frameworkErrors: (error, request, reply) => {
      setBaseHeaders(request, reply);
      answerError(error, request, reply, deps.log);
    },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, requestIdOf({ headers: {} })),
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  // JSON is the only body that routes take; text would let pages of other origins post without a preflight.
  app.removeContentTypeParser('text/plain');
  sources.requests.watch(app);
  sendBrowserHeaders(app, () => access().anyOrigin);
  const routes = guardRoutes(app, access);
  answerErrors(app, routes, deps.log);
  addRoutes(app, deps, sources);
  return { app, routes };
}

function addRoutes(app: FastifyInstance, deps: ApiDeps, sources: OwnMetricsSources): void {
  healthRoutes(app, deps);
  meRoutes(app);
  systemRoutes(app, deps);
  serverRoutes(app, deps);
  metricRoutes(app, deps);
  exporterRoutes(app, deps);
  queryRoutes(app, deps);
  serviceRoutes(app, deps);
  pushRoutes(app, deps);
  alertRoutes(app, deps);
  deliveryRoutes(app, deps);
  notifierRoutes(app, deps);
  silenceRoutes(app, deps);
  acknowledgeRoutes(app, deps);
  timelineRoutes(app, deps);
  ownMetricsRoutes(app, deps, sources);
  streamRoutes(app);
  webRoutes(app, deps);
}

/** Unknown parameters are refused instead of removed, and errors carry the value that was refused. */
function ajvOptions() {
  const formats = Object.entries(FORMATS).map(([name, { validate }]) => [name, validate] as const);
  return {
    removeAdditional: false,
    coerceTypes: true,
    verbose: true,
    formats: Object.fromEntries(formats),
  } as const;
}
