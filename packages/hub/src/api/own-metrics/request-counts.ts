// Counts the HTTP requests that were answered and how long they took, by route. Routes, not paths: their number
// is fixed, so that nobody can grow the metrics by asking for odd paths.
import type { FastifyInstance } from 'fastify';
import type { Family } from './exposition.ts';

interface RouteCount {
  readonly method: string;
  readonly route: string;
  /** By status class: `2xx`. */
  readonly byStatus: Map<string, number>;
  count: number;
  seconds: number;
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE']);

export class RequestCounts {
  readonly #routes = new Map<string, RouteCount>();

  /** Counts every answer of this server from now on. */
  watch(app: FastifyInstance): void {
    app.addHook('onResponse', async (request, reply) => {
      const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
      const method = KNOWN_METHODS.has(request.method) ? request.method : 'other';
      this.#add(method, route, reply.statusCode, reply.elapsedTime / 1_000);
    });
  }

  families(): Family[] {
    const routes = [...this.#routes.values()];
    return [
      {
        name: 'guardia_http_requests_total',
        type: 'counter',
        help: 'HTTP requests answered, by route and class of status.',
        samples: routes.flatMap(({ method, route, byStatus }) =>
          [...byStatus].map(([status, value]) => ({ labels: { method, route, status }, value })),
        ),
      },
      {
        name: 'guardia_http_request_duration_seconds',
        type: 'summary',
        help: 'Time from the arrival of a request to the end of its answer.',
        samples: routes.flatMap(({ method, route, seconds, count }) => [
          { suffix: '_sum', labels: { method, route }, value: seconds },
          { suffix: '_count', labels: { method, route }, value: count },
        ]),
      },
    ];
  }

  #add(method: string, route: string, status: number, seconds: number): void {
    const counted = this.#routeCount(method, route);
    const statusClass = `${Math.floor(status / 100)}xx`;
    counted.byStatus.set(statusClass, (counted.byStatus.get(statusClass) ?? 0) + 1);
    counted.count += 1;
    counted.seconds += seconds;
  }

  #routeCount(method: string, route: string): RouteCount {
    const key = `${method} ${route}`;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const made: RouteCount = { method, route, byStatus: new Map(), count: 0, seconds: 0 };
    this.#routes.set(key, made);
    return made;
  }
}
