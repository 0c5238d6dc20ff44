// Silences and mutes: listed, made and ended; and the acknowledgement of an alert. What they hold is for the alerts
// domain.
import { type AlertMatch, type EpochMs, parseDuration } from '@guardia/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { NewSilence } from '../../alerts/holds/public.ts';
import type { ApiDeps } from '../deps.ts';
import { invalidParameter, missingParameter, notFound } from '../errors.ts';
import { pageOf } from '../page.ts';
import { PAGING, type Paging, query, STEP, TIME } from '../parameters.ts';
import { parseTime } from '../time.ts';
import { alertNowJson } from '../views/alert.ts';
import { silenceJson } from '../views/silence.ts';

const MATCH_KEYS = ['target', 'rule', 'instance', 'group', 'tag', 'severity'] as const;
const TEXT = { type: 'string', minLength: 1, maxLength: 500 } as const;
const MATCH = {
  type: 'object',
  properties: {
    ...Object.fromEntries(MATCH_KEYS.map((key) => [key, TEXT])),
    // The one whose values are known: what means none of them would hold nothing, ever.
    severity: { ...TEXT, format: 'guardia-severity' },
  },
  additionalProperties: false,
} as const;
const SPAN = { starts_at: TIME, ends_at: TIME, duration: STEP, reason: TEXT, author: TEXT } as const;

interface Span {
  readonly starts_at?: string;
  readonly ends_at?: string;
  readonly duration?: string;
  readonly reason?: string;
  /** @default the name of the token */
  readonly author?: string;
}

type ById = { Params: { id: string } };

export function silenceRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { silences, clock } = deps;

  app.get<{ Querystring: Paging }>(
    '/api/v1/silences',
    { config: { access: 'read' }, schema: query(PAGING) },
    async (request) => pageOf(request, 'silences', silences.list(), request.query, silenceJson),
  );

  app.post<{ Body: Span & { match: AlertMatch } }>(
    '/api/v1/silences',
    { config: { access: 'operate' }, schema: body({ ...SPAN, match: MATCH }, ['match', 'reason']) },
    async (request, reply) => {
      const { match } = request.body;
      const made = await silences.add({ ...spanOf(request, clock.wall()), kind: 'silence', match });
      return reply.code(201).send(silenceJson(made));
    },
  );

  app.delete<ById>(
    '/api/v1/silences/:id',
    { config: { access: 'operate' }, schema: query({}) },
    async (request) => {
      const { id } = request.params;
      if (await silences.end(id, callerOf(request))) return { id, ended: true };
      const isOfFile = silences.list().some((silence) => silence.id === id);
      const hint = isOfFile
        ? 'The configuration file owns the one of this id: take it out there and reload.'
        : 'GET /api/v1/silences lists those that are not over.';
      throw notFound('silence', id, hint);
    },
  );

  app.post<{ Body: Span }>(
    '/api/v1/alerts/mute',
    { config: { access: 'operate' }, schema: body(SPAN, []) },
    async (request, reply) => {
      const made = await silences.add({ ...spanOf(request, clock.wall()), kind: 'mute', match: {} });
      return reply.code(201).send(silenceJson(made));
    },
  );

  app.delete('/api/v1/alerts/mute', { config: { access: 'operate' }, schema: query({}) }, async (request) => {
    const mutes = silences.list().filter(({ kind }) => kind === 'mute');
    const ended = await Promise.all(mutes.map(({ id }) => silences.end(id, callerOf(request))));
    return { ended: ended.filter(Boolean).length };
  });
}

export function acknowledgeRoutes(app: FastifyInstance, { control, silences }: ApiDeps): void {
  app.post<ById & { Body: { note?: string; by?: string } | null }>(
    '/api/v1/alerts/:id/acknowledge',
    { config: { access: 'operate' }, schema: query({}) },
    async (request) => {
      const { id } = request.params;
      const { note = '', by = callerOf(request) } = acknowledgement(request.body);
      const alert = await control.acknowledge(id, { by, note });
      if (alert === undefined)
        throw notFound('firing alert', id, 'GET /api/v1/alerts?state=firing lists those that fire.');
      return alertNowJson(alert, silences);
    },
  );
}

/** The body may be left out as a whole. */
function acknowledgement(given: unknown): { note?: string; by?: string } {
  if (given === null || given === undefined) return {};
  if (typeof given !== 'object') throw invalidParameter('body', given, 'a JSON object, or nothing');
  for (const [key, value] of Object.entries(given)) {
    if (key !== 'note' && key !== 'by') throw invalidParameter(key, value, 'note or by');
    if (typeof value !== 'string' || value.length > 500)
      throw invalidParameter(key, value, 'a text of at most 500 characters');
  }
  return given;
}

function body(properties: Readonly<Record<string, object>>, required: readonly string[]): { body: object } {
  return { body: { type: 'object', properties, required, additionalProperties: false } };
}

/** From `starts_at` (now) to `ends_at`, or for `duration`. */
function spanOf(
  request: FastifyRequest<{ Body: Span }>,
  now: EpochMs,
): Pick<NewSilence, 'startsAt' | 'endsAt' | 'author' | 'reason'> {
  const { starts_at, ends_at, duration, reason = 'muted', author = callerOf(request) } = request.body;
  const startsAt = starts_at === undefined ? now : parseTime(starts_at)!;
  if (ends_at !== undefined && duration !== undefined)
    throw invalidParameter('duration', duration, 'left out where ends_at is given');
  if (ends_at !== undefined) return { startsAt, endsAt: parseTime(ends_at)!, author, reason };
  if (duration === undefined)
    throw missingParameter(
      'duration',
      'a duration such as 30m, or give ends_at: everything that holds alerts must end',
    );
  return { startsAt, endsAt: startsAt + parseDuration(duration)!, author, reason };
}

function callerOf(request: FastifyRequest): string {
  return request.caller?.name ?? 'unknown';
}
