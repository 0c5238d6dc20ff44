// Ties access to routes: each declares what it asks for in its `config.access`, and one hook checks it before
// anything else runs. Deciding is for access-control.ts.
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { AccessControl } from './access-control.ts';
import type { Access, Caller } from './scope.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its caller. A route without it stops the start. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks; null for nobody in particular on an open route. */
    caller: Caller | null;
  }
}

/** A route as registered, for the tests that walk all of them and for 405. */
export interface DeclaredRoute {
  readonly methods: readonly string[];
  readonly url: string;
  readonly access: Access;
}

/** Checks each request by what its route declares.
 *  @param current the access rules of now; they change on reload
 *  @returns the routes, filled as they are registered
 *  @throws {TypeError} at registration of a route that declares no access */
export function guardRoutes(app: FastifyInstance, current: () => AccessControl): DeclaredRoute[] {
  const routes: DeclaredRoute[] = [];
  app.decorateRequest('caller', null);
  app.addHook('onRoute', (route) => {
    routes.push(declared(route));
  });
  app.addHook('onRequest', async (request: FastifyRequest) => {
    if (request.is404) return;
    // Registration has refused routes without access; should one slip through, it is for administrators.
    request.caller = current().admit(request.raw, request.routeOptions.config.access ?? 'admin');
  });
  return routes;
}

function declared(route: RouteOptions): DeclaredRoute {
  const access = route.config?.access;
  if (access === undefined) {
    throw new TypeError(`route ${String(route.method)} ${route.url} declares no access; set config.access`);
  }
  return { methods: [route.method].flat(), url: route.url, access };
}
