// The web page's own files, held in memory. They are open to everyone: the page asks for a token by itself.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { PAGE_POLICY } from '../browser-headers.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';

export function webRoutes(app: FastifyInstance, { web }: ApiDeps): void {
  const send = (path: string, reply: FastifyReply): FastifyReply => {
    const file = web.get(path);
    if (file === undefined) throw notFound('file', path, 'The page is at /.');
    return reply
      .headers({
        'content-security-policy': PAGE_POLICY,
        'cache-control': 'no-cache',
        'content-type': file.type,
      })
      .send(file.body);
  };

  app.get('/', { config: { access: 'open' } }, async (_request, reply) => send('/', reply));

  app.get<{ Params: { '*': string } }>(
    '/assets/*',
    { config: { access: 'open' } },
    async ({ params }, reply) => send(`/assets/${params['*']}`, reply),
  );
}
