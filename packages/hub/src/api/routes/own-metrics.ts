// `/metrics`: the hub's own numbers for Prometheus. What they are is for own-metrics/; readings of the watched
// servers are not among them.
import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { EXPOSITION_TYPE, gauge, writeExposition } from '../own-metrics/exposition.ts';
import { hubFamilies } from '../own-metrics/hub-readings.ts';
import type { ProcessReadings } from '../own-metrics/process-readings.ts';
import type { RequestCounts } from '../own-metrics/request-counts.ts';

export interface OwnMetricsSources {
  readonly requests: RequestCounts;
  readonly process: ProcessReadings;
  /** WebSocket clients connected now. */
  readonly streamClients: () => number;
}

export function ownMetricsRoutes(app: FastifyInstance, deps: ApiDeps, sources: OwnMetricsSources): void {
  app.get('/metrics', { config: { access: 'read' } }, async (_request, reply) => {
    const families = [
      ...(await hubFamilies(deps)),
      gauge('guardia_websocket_clients', 'WebSocket clients connected.', sources.streamClients()),
      ...sources.requests.families(),
      ...sources.process.families(),
    ];
    return reply.header('content-type', EXPOSITION_TYPE).send(writeExposition(families));
  });
}
