// The exporters: all of them, one of them, and a scrape at once. Their readings are series like any other; scraping
// itself is for collection.
import type { FastifyInstance } from 'fastify';
import type { Exporters, ExporterView } from '../../collect/public.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { pageOf } from '../page.ts';
import { PAGING, type Paging, query } from '../parameters.ts';
import { exporterJson } from '../views/exporter.ts';
import { roundedMs } from '../views/rounded.ts';

type ByName = { Params: { name: string } };

export function exporterRoutes(app: FastifyInstance, { exporters, series }: ApiDeps): void {
  const view = (exporter: ExporterView) => exporterJson(exporter, series.refusedSeries(exporter.id));

  app.get<{ Querystring: Paging }>(
    '/api/v1/exporters',
    { config: { access: 'read' }, schema: query(PAGING) },
    async (request) => pageOf(request, 'exporters', exporters.list(), request.query, view),
  );

  app.get<ByName>(
    '/api/v1/exporters/:name',
    { config: { access: 'read' }, schema: query({}) },
    async ({ params }) => view(findExporter(exporters, params.name)),
  );

  app.post<ByName>(
    '/api/v1/exporters/:name/scrape',
    { config: { access: 'operate' }, schema: query({}) },
    async ({ params }) => {
      const exporter = findExporter(exporters, params.name);
      const { ok, durationMs, error } = await exporters.pollNow(exporter.id);
      return {
        name: exporter.name,
        ok,
        samples: ok ? exporter.samples : null,
        duration_ms: roundedMs(durationMs),
        error,
      };
    },
  );
}

/** By internal id or name.
 *  @throws {ApiError} 404 */
function findExporter(exporters: Exporters, name: string): ExporterView {
  const exporter = exporters.find(name);
  if (exporter === undefined)
    throw notFound('exporter', name, 'GET /api/v1/exporters lists those that are scraped.');
  return exporter;
}
