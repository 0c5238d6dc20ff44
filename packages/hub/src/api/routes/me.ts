// Who asks: the name of the token and what it may do, for pages that show only what can be done. Deciding is for
// access/.
import type { Scope } from '@guardia/model';
import type { FastifyInstance } from 'fastify';
import { allows } from '../access/scope.ts';
import { query } from '../parameters.ts';

const SCOPES: readonly Scope[] = ['read', 'operate', 'admin'];

export function meRoutes(app: FastifyInstance): void {
  app.get('/api/v1/me', { config: { access: 'read' }, schema: query({}) }, async ({ caller }) => {
    // a route that asks for a scope has a caller
    const { name, scopes } = caller!;
    return { name, scopes: SCOPES.filter((scope) => allows(scopes, scope)) };
  });
}
