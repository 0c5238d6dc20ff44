// Alerts, what was sent about them, and a test of a notifier. Raising and sending are for the alerts domain.
import type { AlertState, DeliveryState } from '@guardia/model';
import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';
import { oneMore, pageRead } from '../page.ts';
import { PAGING, type Paging, query } from '../parameters.ts';
import { alertJson, deliveryJson } from '../views/alert.ts';

const ALERT_STATES: readonly AlertState[] = ['pending', 'firing', 'resolved'];
const DELIVERY_STATES: readonly DeliveryState[] = ['pending', 'sending', 'delivered', 'dead'];

export function alertRoutes(app: FastifyInstance, { alerts }: ApiDeps): void {
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
      return pageRead(request, 'alerts', found, request.query, alertJson);
    },
  );

  app.get<{ Querystring: Paging }>(
    '/api/v1/alerts/history',
    { config: { access: 'read' }, schema: query(PAGING) },
    async (request) => {
      const found = await alerts.history(oneMore(request.query));
      return pageRead(request, 'alerts', found, request.query, alertJson);
    },
  );
}

export function deliveryRoutes(app: FastifyInstance, { alerts, testNotifier }: ApiDeps): void {
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

  app.post<{ Params: { name: string } }>(
    '/api/v1/notifiers/:name/test',
    { config: { access: 'operate' }, schema: query({}) },
    async ({ params: { name } }) => {
      const answer = await testNotifier(name);
      if (answer === undefined)
        throw notFound('notifier', name, 'The configuration names them under `alerts`.');
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
