// Alerts, what happened around one of them, what was sent, and a test of a notifier. Raising and sending are for the
// alerts domain.
import type { Alert, AlertState, DeliveryState } from '@guardia/model';
import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';
import { oneMore, pageOf, pageRead } from '../page.ts';
import { PAGING, type Paging, query } from '../parameters.ts';
import { alertNowJson, deliveryJson } from '../views/alert.ts';
import { entryJson } from '../views/timeline-entry.ts';

const ALERT_STATES: readonly AlertState[] = ['pending', 'firing', 'resolved'];
const DELIVERY_STATES: readonly DeliveryState[] = [
  'held',
  'pending',
  'sending',
  'delivered',
  'dead',
  'cancelled',
];

/** How long before an alert began its cause is looked for. */
const LEAD_UP_MS = 30 * 60_000;
/** The most that is told of what happened before an alert fired, and as much of what happened since. */
const MAX_ENTRIES = 200;
/** The most that is told of its first deliveries, and as much of its newest. */
const MAX_DELIVERIES = 500;

export function alertRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { alerts, silences } = deps;
  const shown = (alert: Alert) => alertNowJson(alert, silences);

  app.get<{ Querystring: Paging & { state?: AlertState } }>(
    '/api/v1/alerts',
    {
      config: { access: 'read' },
      schema: query({ ...PAGING, state: { type: 'string', enum: ALERT_STATES } }),
    },
    async (request) => {
      const { state } = request.query;
      const asked = { ...oneMore(request.query), ...(state !== undefined && { state }) };
      // Resolved alerts are over, so only the history has them.
      const found = await (state === 'resolved' ? alerts.history(asked) : alerts.current(asked));
      return pageRead(request, 'alerts', found, request.query, shown);
    },
  );

  app.get<{ Querystring: Paging }>(
    '/api/v1/alerts/history',
    { config: { access: 'read' }, schema: query(PAGING) },
    async (request) => {
      const found = await alerts.history(oneMore(request.query));
      return pageRead(request, 'alerts', found, request.query, shown);
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/v1/alerts/:id',
    { config: { access: 'read' }, schema: query({}) },
    async ({ params: { id } }) => {
      const alert = await alerts.find(id);
      if (alert === undefined)
        throw notFound('alert', id, 'GET /api/v1/alerts and /api/v1/alerts/history list those there are.');
      return incident(alert, deps);
    },
  );
}

/** The alert, its deliveries oldest first, and what the time line has of its target, newest first. */
async function incident(alert: Alert, deps: ApiDeps) {
  const [{ deliveries, leftOut }, happened] = await Promise.all([
    deps.alerts.deliveriesOf(alert.id, MAX_DELIVERIES),
    happenedAround(alert, deps),
  ]);
  return {
    alert: alertNowJson(alert, deps.silences),
    deliveries: deliveries.map(deliveryJson),
    deliveries_left_out: leftOut,
    timeline: happened.entries.map((entry) => entryJson(entry, deps)),
    timeline_cut: happened.cut,
  };
}

/** The lead-up is read by itself, so that its cause is there however much happened since; the alert's own deliveries are
 *  left out, since they are told apart. `cut`: more happened than is told. */
async function happenedAround(alert: Alert, deps: ApiDeps) {
  const end = alert.resolvedAt ?? deps.clock.wall();
  const firedAt = alert.firedAt ?? end;
  const around = { targets: targetsNear(alert, deps), exceptDeliveriesOf: alert.id, limit: MAX_ENTRIES + 1 };
  const [since, leadUp] = await Promise.all([
    deps.timeline.read({ start: firedAt + 1, end, ...around }),
    deps.timeline.read({ start: alert.pendingSince - LEAD_UP_MS, end: firedAt, ...around }),
  ]);
  return {
    entries: [...since.slice(0, MAX_ENTRIES), ...leadUp.slice(0, MAX_ENTRIES)],
    cut: since.length > MAX_ENTRIES || leadUp.length > MAX_ENTRIES,
  };
}

/** What isn't watched from outside is of the hub as a whole. */
function targetsNear({ targetId }: Alert, { servers, exporters, services }: ApiDeps) {
  const watched = servers.find(targetId) ?? exporters.find(targetId) ?? services.find(targetId);
  return watched === undefined ? [targetId, null] : [targetId];
}

export function deliveryRoutes(app: FastifyInstance, { alerts }: ApiDeps): void {
  app.get<{ Querystring: Paging & { state?: DeliveryState } }>(
    '/api/v1/deliveries',
    {
      config: { access: 'read' },
      schema: query({ ...PAGING, state: { type: 'string', enum: DELIVERY_STATES } }),
    },
    async (request) => {
      const { state } = request.query;
      const found = await alerts.deliveries({
        ...oneMore(request.query),
        ...(state !== undefined && { state }),
      });
      return pageRead(request, 'deliveries', found, request.query, deliveryJson);
    },
  );

  app.post<{ Params: { id: string } }>(
    '/api/v1/deliveries/:id/retry',
    { config: { access: 'operate' }, schema: query({}) },
    async ({ params: { id } }) => {
      if (!(await alerts.retryDelivery(id))) throw notDead(id);
      return { id, state: 'pending' };
    },
  );
}

export function notifierRoutes(app: FastifyInstance, { notifiers, testNotifier }: ApiDeps): void {
  app.get<{ Querystring: Paging }>(
    '/api/v1/notifiers',
    { config: { access: 'read' }, schema: query(PAGING) },
    // their settings are secrets
    async (request) =>
      pageOf(request, 'notifiers', notifiers(), request.query, ({ name, type }) => ({ name, type })),
  );

  app.post<{ Params: { name: string } }>(
    '/api/v1/notifiers/:name/test',
    { config: { access: 'operate' }, schema: query({}) },
    async ({ params: { name } }) => {
      const answer = await testNotifier(name);
      if (answer === undefined)
        throw notFound('notifier', name, 'GET /api/v1/notifiers lists those of the configuration.');
      return { notifier: name, ...answer };
    },
  );
}

function notDead(id: string): ApiError {
  return new ApiError({
    status: 404,
    code: 'NO_DEAD_DELIVERY',
    message: `There is no dead delivery '${id}'. GET /api/v1/deliveries?state=dead lists those that can be sent again.`,
    details: { field: 'delivery', value: id },
  });
}
