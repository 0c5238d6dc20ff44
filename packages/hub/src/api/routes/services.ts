// The services: what each amounts to, the history of its checks, its uptime, its report of a month, and a check at once.
// Checking is for service checks, history for the series package.
import type { CheckOutcome, EpochMs } from '@guardia/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Services, ServiceView } from '../../services/public.ts';
import type { ApiDeps } from '../deps.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { pageOf, urlWith } from '../page.ts';
import { LIMIT, PAGING, type Paging, query, TIME, timeRange } from '../parameters.ts';
import { uptimeOf } from '../service-uptime.ts';
import { formatTime, parseTime } from '../time.ts';
import { roundedMs } from '../views/rounded.ts';
import { checkJson, serviceJson } from '../views/service.ts';
import { MONTH_FORM, monthOf, parseMonth, slaJson } from '../views/sla.ts';

type ByName = { Params: { name: string } };
type ChecksRequest = ByName & { Querystring: { start?: string; end?: string; limit: number } };
type UptimeRequest = ByName & { Querystring: { since?: string } };
type SlaRequest = ByName & { Querystring: { month?: string } };

const DAY_MS = 86_400_000;
const FEWER_WINDOWS =
  'a time with fewer maintenance windows than one answer can leave out; ask for less time, or let maintenance begin less often';
const MONTH = { type: 'string', maxLength: 7 } as const;

export function serviceRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { services } = deps;

  app.get<{ Querystring: Paging }>(
    '/api/v1/services',
    { config: { access: 'read' }, schema: query(PAGING) },
    async (request) => pageOf(request, 'services', services.list(), request.query, serviceJson),
  );

  app.get<ByName>(
    '/api/v1/services/:name',
    { config: { access: 'read' }, schema: query({}) },
    async ({ params }) => serviceJson(findService(services, params.name)),
  );

  app.get<ChecksRequest>(
    '/api/v1/services/:name/checks',
    { config: { access: 'read' }, schema: query({ start: TIME, end: TIME, limit: LIMIT }) },
    (request) => checks(request, deps),
  );

  app.get<UptimeRequest>(
    '/api/v1/services/:name/uptime',
    { config: { access: 'read' }, schema: query({ since: TIME }) },
    (request) => uptime(request, deps),
  );

  app.get<SlaRequest>(
    '/api/v1/services/:name/sla',
    { config: { access: 'read' }, schema: query({ month: MONTH }) },
    (request) => sla(request, deps),
  );

  app.post<ByName>(
    '/api/v1/services/:name/check',
    { config: { access: 'operate' }, schema: query({}) },
    async ({ params }) => {
      const service = findService(services, params.name);
      return { service_name: service.name, check: checkJson(await services.checkNow(service.id)) };
    },
  );
}

async function checks(request: FastifyRequest<ChecksRequest>, { services, series, clock }: ApiDeps) {
  const { params, query: asked } = request;
  const service = findService(services, params.name);
  const { start, end } = timeRange(asked, clock.wall());
  const found = await series.checks({ targetId: service.id, start, end, limit: asked.limit + 1 });
  const shown = wholeRounds(found, asked.limit);
  const cut = found.length > shown.length;
  return {
    service_name: service.name,
    checks: shown.map(checkJson),
    count: shown.length,
    cut,
    ...(cut && {
      next: urlWith(request, { start: formatTime(start), end: formatTime(shown.at(-1)!.at - 1) }),
    }),
  };
}

async function uptime({ params, query: asked }: FastifyRequest<UptimeRequest>, deps: ApiDeps) {
  const service = findService(deps.services, params.name);
  const until = deps.clock.wall();
  const since = asked.since === undefined ? until - DAY_MS : parseTime(asked.since)!;
  if (since > until) throw invalidParameter('since', asked.since, 'in the past');
  const answer = await uptimeOf(deps, service, { start: since, end: until });
  if (answer === null) throw invalidParameter('since', formatTime(since), FEWER_WINDOWS);
  return {
    service_name: service.name,
    uptime_percentage: answer.uptimePercentage,
    coverage_percentage: answer.coveragePercentage,
    total_checks: answer.totalChecks,
    successful_checks: answer.successfulChecks,
    avg_response_time_ms: roundedMs(answer.avgResponseTimeMs),
    since: formatTime(since),
  };
}

async function sla({ params, query: asked }: FastifyRequest<SlaRequest>, deps: ApiDeps) {
  const service = findService(deps.services, params.name);
  const now = deps.clock.wall();
  const name = asked.month ?? monthOf(now);
  const month = parseMonth(name);
  if (month === null || month.start > now) throw invalidParameter('month', name, MONTH_FORM);
  const until = Math.min(month.end, now);
  const answer = await uptimeOf(deps, service, { start: month.start, end: until });
  if (answer === null) throw invalidParameter('month', name, FEWER_WINDOWS);
  return {
    service_name: service.name,
    month: name,
    ...slaJson(answer, { month, until, slo: service.slo }),
  };
}

/** Up to `limit` outcomes, newest first. What several locations found at one time stays together where there is room for
 *  all of it, so that the next page, which begins before the oldest time shown, leaves nothing out. */
function wholeRounds(found: readonly CheckOutcome[], limit: number): readonly CheckOutcome[] {
  const shown = found.slice(0, limit);
  const cutAt: EpochMs | undefined = found[limit]?.at;
  const whole = shown.filter(({ at }) => at !== cutAt);
  return whole.length > 0 ? whole : shown;
}

/** By name or internal id.
 *  @throws {ApiError} 404 */
function findService(services: Services, name: string): ServiceView {
  const service = services.find(name);
  if (service === undefined)
    throw notFound('service', name, 'GET /api/v1/services lists those that are checked.');
  return service;
}
