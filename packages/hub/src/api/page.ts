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
  const shown = items.slice(paging.offset, paging.offset + paging.limit);
  const more = items.length > paging.offset + paging.limit;
  return {
    [name]: shown.map(view),
    count: shown.length,
    ...(more && { next: urlWith(request, { offset: String(paging.offset + paging.limit) }) }),
  };
}

/** How many items a source that takes only a limit must be asked for, so that a page and "there is more" are known. */
export function neededFor(paging: Paging): number {
  return paging.offset + paging.limit + 1;
}

/** The request's own path and query with some parameters replaced. */
export function urlWith(request: FastifyRequest, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(request.url, 'http://localhost');
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.pathname + url.search;
}
