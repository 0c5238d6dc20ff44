// Starts a real API on a free port over parts in memory, for the tests of the API, and ends it with the test.
// What the parts hold is in hub-parts.ts.
import { ActorSystem, supervisor, systemClock } from '@guardia/kernel';
import type { ApiConfig, ApiToken } from '@guardia/model';
import { request } from 'undici';
import { onTestFinished } from 'vitest';
import { EventStream } from '../../lib/event-stream.ts';
import { createApi } from '../api.ts';
import type { ApiDeps } from '../deps.ts';
import {
  alert,
  alertsOf,
  delivery,
  exporter,
  seriesOf,
  server,
  serversOf,
  service,
  servicesOf,
  targetsOf,
  T0,
} from './hub-parts.ts';

export const READ = 'read-token-0123456789';
export const OPERATE = 'operate-token-0123456789';
export const ADMIN = 'admin-token-0123456789';

export const TOKENS: readonly ApiToken[] = [
  { name: 'reader', token: READ, scopes: ['read'] },
  { name: 'operator', token: OPERATE, scopes: ['operate'] },
  { name: 'boss', token: ADMIN, scopes: ['admin'] },
];

interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed body; undefined when it isn't JSON. */
  readonly json: unknown;
}

/** A hub's API with everything behind it. */
export async function setup(over: { config?: Partial<ApiConfig>; deps?: Partial<ApiDeps> } = {}) {
  const config: ApiConfig = {
    bind: '127.0.0.1',
    port: 0,
    tokens: [],
    enableCors: false,
    trustedProxies: [],
    ...over.config,
  };
  const system = new ActorSystem({ clock: systemClock });
  const stream = new EventStream(T0);
  const warnings: string[] = [];
  const failures: object[] = [];
  const deps: ApiDeps = {
    config,
    servers: serversOf([server(), server({ id: 'srv_two', alias: '[fd00::1]:51243', displayName: 'db-1' })]),
    exporters: targetsOf([exporter()]),
    facts: { history: async () => [{ name: 'kernel_version', value: '6.18', since: T0 }] },
    services: servicesOf([service()]),
    alerts: alertsOf([alert()], [delivery()]),
    silences: { list: () => [], add: unexpected, end: async () => false, silencing: () => null },
    control: { acknowledge: async () => undefined },
    planned: async () => [],
    checksKeptMs: () => 10 * 365 * 86_400_000,
    timeline: { read: async () => [] },
    series: seriesOf([]).store,
    archive: null,
    stream,
    system: { status: () => system.status(), restart: async () => false },
    notifiers: () => [],
    testNotifier: async () => undefined,
    reload: async () => ({ type: 'reloaded', changes: [] }),
    health: () => ({ status: 'ok', ready: true, checks: [{ name: 'storage', status: 'ok', message: null }] }),
    web: new Map([
      ['/', { body: '<!doctype html><title>Guardia</title>', type: 'text/html; charset=utf-8' }],
      ['/assets/page.js', { body: 'export {}', type: 'text/javascript; charset=utf-8' }],
    ]),
    clock: systemClock,
    log: {
      info: () => {},
      warn: (_fields, message) => warnings.push(message),
      error: (fields) => failures.push(fields),
    },
    version: '0.1.0',
    startedAt: T0,
    startedAtMono: systemClock.mono(),
    ...over.deps,
  };
  const api = createApi(deps);
  const { url, port } = await api.start();
  await system.spawn(supervisor({ children: [api.streamChild] }), undefined, { name: 'api' });
  onTestFinished(async () => {
    await api.stop();
    await system.shutdown();
  });
  return { api, deps, url, port, stream, system, warnings, failures, ask: asker(url) };
}

/** What no test without silences of its own may ask. */
async function unexpected(): Promise<never> {
  throw new Error('there are no silences in this test');
}

function asker(url: string) {
  return async (path: string, { method = 'GET', token, headers = {}, body }: Ask = {}): Promise<Answer> => {
    const answer = await request(url + path, {
      method,
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: body ?? null,
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type']).includes('json') && text !== '';
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  };
}
