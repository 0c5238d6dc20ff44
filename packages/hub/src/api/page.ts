// Lists as the API answers them: the items under their name, `count`, and `next` when there is more. What the
// items look like is for views/.
import type { FastifyRequest } from 'fastify';
import type { Paging } from './parameters.ts';

/** Answers one page of a list that is at hand as a whole. */
export function pageOf<Item, View>(
  request: FastifyRequest,
  name: string,
  items: readonly Item[],
  paging: Paging,
  view: (item: Item) => View,
): Record<string, unknown> {
  const { offset, limit } = oneMore(paging);
  return pageRead(request, name, items.slice(offset, offset + limit), paging, view);
}

/** Answers one page that a source was asked for with `oneMore`. */
export function pageRead<Item, View>(
  request: FastifyRequest,
  name: string,
  found: readonly Item[],
  { limit, offset }: Paging,
  view: (item: Item) => View,
): Record<string, unknown> {
  const shown = found.slice(0, limit);
  return {
    [name]: shown.map(view),
    count: shown.length,
    ...(found.length > limit && { next: urlWith(request, { offset: String(offset + limit) }) }),
  };
}

/** What a source must be asked for: the page and the item behind it, which says that there is more. */
export function oneMore({ limit, offset }: Paging): Paging {
  return { limit: limit + 1, offset };
}

/** The request's own path and query with some parameters replaced. */
export function urlWith(request: FastifyRequest, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(request.url, 'http://localhost');
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.pathname + url.search;
}
